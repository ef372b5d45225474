"""Reads that are repeated, and queries where nothing can be asked."""

import pytest
from rest_framework.test import APIClient

from connections.models import Connection
from tenants.models import Tenant
from tests.api.test_envelope import error_of
from tests.factories import make_check, make_connection, make_integration

POLLED = ["health-checks/summary", "connections", "connections/{id}"]


@pytest.fixture
def connection(acme: Tenant) -> Connection:
    return make_connection(make_integration(acme))


@pytest.mark.parametrize("path", POLLED)
@pytest.mark.parametrize("method", ["get", "head"])
def test_what_has_not_changed_is_not_sent_again(
    connection: Connection, victor: APIClient, path: str, method: str
) -> None:
    url = f"/api/v1/{path.format(id=connection.pk)}"
    read = getattr(victor, method)
    whole = read(url)
    assert whole["Cache-Control"] == "private, no-cache"
    for held in (whole["ETag"], f'"other", W/{whole["ETag"]}', "*"):
        answer = read(url, HTTP_IF_NONE_MATCH=held)
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer["ETag"] == whole["ETag"]
        assert answer["X-Request-Id"]
    Connection.objects.update(name="New name")
    changed = read(url, HTTP_IF_NONE_MATCH=whole["ETag"])
    assert changed.status_code == 200
    assert changed["ETag"] != whole["ETag"]


def test_a_head_request_names_the_same_version(connection: Connection, victor: APIClient) -> None:
    url = "/api/v1/connections"
    assert victor.head(url)["ETag"] == victor.get(url)["ETag"]


def test_only_an_answer_has_a_version(victor: APIClient, alice: APIClient) -> None:
    error = victor.get("/api/v1/alerts/no-id", HTTP_IF_NONE_MATCH="*")
    error_of(error, 404)
    body = {"name": "CRM", "baseUrl": "https://api.example.com"}
    made = alice.post("/api/v1/integrations", body, HTTP_IF_NONE_MATCH="*")
    assert made.status_code == 201
    for answer in (error, made):
        assert not answer.has_header("ETag")
        assert answer["Cache-Control"] == "private, no-cache"


def test_one_who_may_not_see_it_is_not_told_that_it_has_not_changed(
    connection: Connection, victor: APIClient, nobody: APIClient
) -> None:
    url = f"/api/v1/connections/{connection.pk}"
    held = victor.get(url)["ETag"]
    error_of(nobody.get(url, HTTP_IF_NONE_MATCH=held), 401)


@pytest.mark.parametrize(
    "path",
    [
        "providers/jira",
        "integrations/{integration}",
        "connections/{connection}",
        "connections/{connection}/health-checks/latest",
        "health-checks/{check}",
        "health-checks/summary",
        "health/integrations",
    ],
)
def test_where_nothing_can_be_asked_a_query_is_refused_by_name(
    connection: Connection, victor: APIClient, path: str
) -> None:
    check = make_check(connection)
    ids = {"integration": connection.integration_id, "connection": connection.pk, "check": check.pk}
    url = f"/api/v1/{path.format(**ids)}"
    assert victor.get(url).status_code == 200
    for method in (victor.get, victor.head):
        assert method(f"{url}?colour=red").status_code == 400
    error = error_of(victor.get(f"{url}?colour=red"), 400)
    assert error["details"] == {"colour": ["Unknown field."]}


def test_a_write_with_a_query_changes_nothing(connection: Connection, bob: APIClient) -> None:
    url = f"/api/v1/connections/{connection.pk}/pause"
    assert "force" in error_of(bob.post(f"{url}?force=1"), 400)["details"]
    connection.refresh_from_db()
    assert connection.status == "active"
    error_of(bob.put(f"{url}?force=1"), 405)
