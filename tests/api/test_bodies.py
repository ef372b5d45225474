"""Bodies as they come over the wire, through the entry point that the server calls."""

import io
import json
from collections.abc import Mapping
from typing import Any

import pytest

from healthcheck_project.wsgi import application
from tenants.models import Tenant
from tests.factories import make_integration, make_key

pytestmark = pytest.mark.django_db(transaction=True)


CHUNKED = {"HTTP_TRANSFER_ENCODING": "chunked"}


class Stalled(io.BytesIO):
    """A body of which no more comes."""

    def read(self, size: int | None = -1, /) -> bytes:
        raise BlockingIOError


def send(
    tenant: Tenant,
    method: str,
    path: str,
    body: io.BytesIO,
    framing: Mapping[str, str] = CHUNKED,
) -> tuple[str, dict[str, Any]]:
    """Send a body as gunicorn hands it over: chunks taken apart, and no length."""
    answered: list[str] = []
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "8000",
        "wsgi.url_scheme": "http",
        "wsgi.input": body,
        "CONTENT_TYPE": "application/json",
        "HTTP_AUTHORIZATION": f"Bearer {make_key(tenant)}",
        **framing,
    }
    content = application(environ, lambda status, headers, *_: answered.append(status))
    return answered[0], json.loads(b"".join(content) or b"{}")


def test_a_chunked_body_is_read(acme: Tenant) -> None:
    integration = make_integration(acme, name="Before")
    path = f"/api/v1/integrations/{integration.pk}"
    status, answer = send(acme, "PATCH", path, io.BytesIO(b'{"name": "After"}'))
    assert (status, answer["data"]["name"]) == ("200 OK", "After")


def test_a_chunked_body_of_more_than_a_mebibyte_is_refused(acme: Tenant) -> None:
    large = io.BytesIO(b" " * 2**20 + b"{}")
    status, answer = send(acme, "POST", "/api/v1/integrations", large)
    assert status.startswith("413")
    assert answer["error"]["code"] == "payload_too_large"


def test_a_chunked_body_that_stalls_is_given_up(acme: Tenant) -> None:
    status, _ = send(acme, "POST", "/api/v1/integrations", Stalled())
    assert status.startswith("408")


def test_any_other_body_that_stalls_is_refused_in_the_envelope(acme: Tenant) -> None:
    framing = {"CONTENT_LENGTH": "50"}
    status, answer = send(acme, "POST", "/api/v1/integrations", Stalled(), framing)
    assert status.startswith("400")
    assert answer["error"]["message"] == "The body did not come."
