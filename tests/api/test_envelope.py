"""Whatever is asked, the answer has the envelope and an id, and bad input is a clear 4xx."""

import json
from typing import Any

import pytest
from rest_framework.test import APIClient

from api.errors import CODES
from healthchecks import overview_views
from integrations.models import Integration
from tenants.models import Tenant
from tests.factories import make_connection, make_integration

VALID = {"name": "CRM", "baseUrl": "https://api.example.com"}


def error_of(answer: Any, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.content
    body = answer.json()
    assert set(body) == {"success", "error"}
    assert body["success"] is False
    assert set(body["error"]) <= {"code", "message", "details"}
    assert body["error"]["code"] == CODES[status]
    assert body["error"]["message"]
    assert answer["X-Request-Id"]
    assert answer["Content-Type"] == "application/json"
    error: dict[str, Any] = body["error"]
    return error


def post_raw(
    client: APIClient, body: bytes, kind: str = "application/json", *, length: int | None = None
) -> Any:
    """Send a body; `length`: what is said of it, where that is not the truth."""
    said: dict[str, Any] = {} if length is None else {"CONTENT_LENGTH": str(length)}
    return client.post("/api/v1/integrations", data=body, content_type=kind, **said)


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/v1", "/api/v1/nothing", "/api/v2/x"])
def test_an_unknown_path_is_not_found_for_everybody(nobody: APIClient, path: str) -> None:
    for method in ("get", "post", "put", "patch", "delete"):
        error_of(getattr(nobody, method)(path), 404)


def test_a_slash_at_the_end_is_accepted(alice: APIClient) -> None:
    assert alice.get("/api/v1/integrations/").status_code == 200


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options"])
def test_another_method_is_refused_and_the_allowed_ones_are_named(
    alice: APIClient, method: str
) -> None:
    answer = getattr(alice, method)("/api/v1/integrations")
    error_of(answer, 405)
    assert "GET" in answer["Allow"]


def test_another_kind_of_body_is_refused(alice: APIClient) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "application/xml"):
        error_of(post_raw(alice, b"name=CRM", kind), 415)


@pytest.mark.parametrize(
    "body",
    [
        b'{"name": "CRM"',
        b"\xff\xfe",
        b'{"name": NaN}',
        b'{"requestsPerSecond": 1e999}',
        b'{"requestsPerSecond": ' + b"9" * 5000 + b"}",
        b'{"name": "C\\u0000RM"}',
        b'{"headers": {"\\u0000": "x"}}',
        b'{"name": "\\ud83d"}',
        b'{"auth": ' + b"[" * 100 + b"]" * 100 + b"}",
        b"[" * 100_000,
        b'"just text"',
        b"[]",
        b"null",
    ],
)
def test_a_body_that_means_nothing_is_refused(alice: APIClient, body: bytes) -> None:
    error_of(post_raw(alice, body), 400)
    assert not Integration.objects.exists()


def test_a_body_of_more_than_a_mebibyte_is_refused(alice: APIClient) -> None:
    fitting = json.dumps(VALID).encode()
    assert post_raw(alice, fitting + b" " * (1024**2 - len(fitting))).status_code == 201
    error_of(post_raw(alice, fitting + b" " * (1024**2 - len(fitting) + 1)), 413)


def test_a_body_that_says_it_is_larger_is_refused_without_waiting_for_it(alice: APIClient) -> None:
    error_of(post_raw(alice, b"{}", length=10**11), 413)


def test_the_body_of_a_read_is_ignored(alice: APIClient) -> None:
    answer = alice.generic("GET", "/api/v1/integrations", "{", content_type="text/plain")
    assert answer.status_code == 200


def test_any_accept_header_is_answered_with_json(alice: APIClient) -> None:
    for accept in ("text/html", "application/xml", "nonsense"):
        answer = alice.get("/api/v1/integrations?limit=1", HTTP_ACCEPT=accept)
        assert answer["Content-Type"] == "application/json"


def test_unknown_fields_are_refused_by_name(alice: APIClient) -> None:
    answer = alice.post("/api/v1/integrations", {**VALID, "colour": "red", "id": "x"})
    assert set(error_of(answer, 400)["details"]) == {"colour", "id"}
    nested = alice.post("/api/v1/integrations", {**VALID, "healthCheckConfig": {"often": 1}})
    assert error_of(nested, 400)["details"] == {"healthCheckConfig": {"often": ["Unknown field."]}}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", 5),
        ("name", None),
        ("name", "   "),
        ("name", "x" * 201),
        ("baseUrl", "ftp://example.com"),
        ("timeoutMs", "5000"),
        ("timeoutMs", 5.5),
        ("timeoutMs", True),
        ("timeoutMs", 0),
        ("requestsPerSecond", "fast"),
        ("requestsPerSecond", 10**400),
        ("requestsPerSecond", 0),
        ("status", "on"),
        ("tags", "one"),
        ("tags", [{"a": 1}]),
        ("auth", {"type": "magic"}),
        ("auth", []),
        ("auth", {"type": "bearer", "prefix": []}),
        ("headers", {"Host": "x"}),
        ("headers", {"X": "a\r\nb"}),
        ("headers", {"authorization": "Bearer readable"}),
        ("headers", {"Cookie": "session=readable"}),
        ("healthCheckConfig", {"enabled": "yes"}),
        ("healthCheckConfig", {"intervalMinutes": 0}),
        ("healthCheckConfig", []),
    ],
)
def test_wrong_values_are_refused_by_field(alice: APIClient, field: str, value: Any) -> None:
    answer = alice.post("/api/v1/integrations", {**VALID, field: value})
    assert set(error_of(answer, 400)["details"]) == {field}
    assert not Integration.objects.exists()


def test_a_whole_number_may_be_written_with_a_point(alice: APIClient) -> None:
    answer = post_raw(alice, json.dumps({**VALID, "timeoutMs": 5000.0}).encode())
    assert answer.json()["data"]["timeoutMs"] == 5000


def test_emoji_are_text_like_any_other(alice: APIClient) -> None:
    answer = alice.post("/api/v1/integrations", {**VALID, "name": "🚀 CRM"})
    assert answer.json()["data"]["name"] == "🚀 CRM"


def test_a_proxys_request_id_is_kept_and_a_wild_one_replaced(nobody: APIClient) -> None:
    assert nobody.get("/livez", HTTP_X_REQUEST_ID="edge-1")["X-Request-Id"] == "edge-1"
    wild = nobody.get("/livez", HTTP_X_REQUEST_ID="<script>")["X-Request-Id"]
    assert wild != "<script>"
    assert len(wild) == 36


def test_a_foreign_host_name_is_refused_in_the_envelope(nobody: APIClient) -> None:
    error_of(nobody.get("/api/v1/integrations", HTTP_HOST="evil.example"), 400)


def test_a_defect_tells_the_caller_nothing_but_an_id(
    alice: APIClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("canary")

    monkeypatch.setattr(overview_views, "summarise", fail)
    answer = alice.get("/api/v1/health-checks/summary")
    error_of(answer, 500)
    assert b"canary" not in answer.content
    assert answer["X-Request-Id"] in caplog.text


def test_free_form_json_keeps_its_names(alice: APIClient) -> None:
    headers = {"x_snake_case": "1", "X-Camel": "2"}
    answer = alice.post("/api/v1/integrations", {**VALID, "headers": headers})
    assert answer.json()["data"]["headers"] == headers


def test_times_are_utc_with_a_z(alice: APIClient, acme: Any) -> None:
    make_integration(acme)
    created_at = alice.get("/api/v1/integrations").json()["data"][0]["createdAt"]
    assert len(created_at) == len("2026-01-25T10:15:00.000Z")
    assert created_at.endswith("Z")


def test_a_head_request_gets_the_headers_and_no_body(alice: APIClient) -> None:
    whole = alice.get("/api/v1/integrations")
    answer = alice.head("/api/v1/integrations")
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer["Content-Length"] == str(len(whole.content))


@pytest.mark.parametrize("name", ["two\nlines", "a\x1b[31mred", "tab\there", "\x7f"])
def test_a_name_cannot_forge_a_line_of_the_log(alice: APIClient, name: str) -> None:
    body = {"name": name, "baseUrl": "https://api.example.com"}
    answer = alice.post("/api/v1/integrations", body, format="json")
    assert "name" in error_of(answer, 400)["details"]


@pytest.mark.parametrize("path", ["pause", "resume", "health-checks"])
def test_where_nothing_can_be_said_a_body_is_refused(
    alice: APIClient, acme: Tenant, path: str
) -> None:
    connection = make_connection(make_integration(acme))
    url = f"/api/v1/connections/{connection.pk}/{path}"
    refused = alice.post(url, {"zz": 1}, format="json")
    assert error_of(refused, 400)["details"] == {"zz": ["Unknown field."]}
    for nonsense in ("{", "[]", "null"):
        error_of(alice.post(url, nonsense, content_type="application/json"), 400)
    connection.refresh_from_db()
    assert connection.status == "active"
