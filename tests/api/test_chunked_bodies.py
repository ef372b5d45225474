"""Bodies without a length, through the entry point that the server calls."""

import io
import json
from typing import Any

import pytest

from healthcheck_project.wsgi import application
from tenants.models import Tenant
from tests.factories import make_integration, make_key

pytestmark = pytest.mark.django_db(transaction=True)


def send(tenant: Tenant, method: str, path: str, body: bytes) -> tuple[str, dict[str, Any]]:
    """Send a chunked body as gunicorn hands it over: the chunks taken apart, no length."""
    answered: list[str] = []
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "8000",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "CONTENT_TYPE": "application/json",
        "HTTP_TRANSFER_ENCODING": "chunked",
        "HTTP_AUTHORIZATION": f"Bearer {make_key(tenant)}",
    }
    content = application(environ, lambda status, headers, *_: answered.append(status))
    return answered[0], json.loads(b"".join(content))


def test_a_chunked_body_is_read(acme: Tenant) -> None:
    integration = make_integration(acme, name="Before")
    path = f"/api/v1/integrations/{integration.pk}"
    status, answer = send(acme, "PATCH", path, b'{"name": "After"}')
    assert (status, answer["data"]["name"]) == ("200 OK", "After")


def test_a_chunked_body_of_more_than_a_mebibyte_is_refused(acme: Tenant) -> None:
    status, answer = send(acme, "POST", "/api/v1/integrations", b" " * 2**20 + b"{}")
    assert status.startswith("413")
    assert answer["error"]["code"] == "payload_too_large"
