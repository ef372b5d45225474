"""Health checks and state changes as CSV."""

import csv
import datetime as dt
import io
from typing import Any

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from api.answers import iso
from connections import edits
from connections.models import Connection
from healthchecks import csv_export
from tenants.models import Tenant
from tests.api.test_envelope import error_of
from tests.factories import make_change, make_check, make_connection, make_integration

MINUTE = dt.timedelta(minutes=1)
FAILED: dict[str, Any] = {
    "status": "unhealthy",
    "outcome": "failed",
    "test_action_success": False,
    "failure_cause": "provider",
    "error_code": "http_503",
    "reasons": ["test_action_failed", "recent_failures"],
}


@pytest.fixture
def connection(acme: Tenant) -> Connection:
    return make_connection(make_integration(acme, provider="postman"))


def get(client: APIClient, path: str = "health-checks", accept: str = "text/csv") -> Any:
    return client.get(f"/api/v1/{path}", HTTP_ACCEPT=accept)


def rows_of(answer: Any) -> list[dict[str, str]]:
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(answer.getvalue().decode(), newline=""), strict=True))


def flat(check: dict[str, Any]) -> dict[str, str]:
    """Return a check of the JSON as a line of the CSV."""
    cells: dict[str, Any] = {}
    for name, value in check.items():
        parts = value.items() if isinstance(value, dict) else [("", value)]
        cells |= {f"{name}{part.capitalize()}": content for part, content in parts}
    return {name: _text(value) for name, value in cells.items()}


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return " ".join(value) if isinstance(value, list) else "" if value is None else str(value)


def test_a_line_has_what_the_json_has(connection: Connection, victor: APIClient) -> None:
    make_check(connection, **FAILED)
    line = rows_of(get(victor))[0]
    check = victor.get("/api/v1/health-checks").json()["data"][0]
    assert line == flat(check)
    assert (line["connectionName"], line["integrationName"]) == ("Production", "Acme CRM")
    assert line["testActionErrorCode"] == "http_503"
    assert line["suggestedResolutionUrl"].startswith("https://")


def test_every_row_has_the_same_columns(connection: Connection, victor: APIClient) -> None:
    make_check(connection, ago=MINUTE, **FAILED)
    make_check(connection)
    fine, failed = rows_of(get(victor))
    assert list(fine) == list(failed)
    assert fine["errorCode"] == fine["failureCause"] == fine["reasons"] == ""
    assert fine["testActionSuccess"] == "true"


def test_all_rows_come_newest_first_whatever_a_page_holds(
    connection: Connection, victor: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_export, "PAGE", 10)
    for minute in range(30):
        make_check(connection, ago=minute * MINUTE)
    ids = [row["id"] for row in rows_of(get(victor))]
    assert ids == sorted(set(ids), reverse=True)
    assert len(ids) == 30


def test_the_filters_of_the_list_hold(connection: Connection, victor: APIClient) -> None:
    other = make_connection(connection.integration, "Other")
    failed = make_check(connection, **FAILED)
    make_check(connection, ago=MINUTE)
    make_check(other, ago=2 * MINUTE, **FAILED)
    path = f"connections/{connection.pk}/health-checks?status=unhealthy"
    assert [row["id"] for row in rows_of(get(victor, path))] == [str(failed.pk)]
    assert len(rows_of(get(victor, "health-checks?status=unhealthy"))) == 2


def test_the_file_has_a_name_and_is_not_kept_by_others(victor: APIClient) -> None:
    answer = get(victor)
    name = f"health-checks-{timezone.now():%Y-%m-%d}.csv"
    assert answer["Content-Disposition"] == f'attachment; filename="{name}"'
    assert answer["Cache-Control"] == "private, no-cache"
    assert answer["X-Request-Id"]
    assert not answer.has_header("ETag")
    assert answer["Vary"].startswith("Accept")
    assert rows_of(answer) == []


@pytest.mark.parametrize("start", ["=", "+", "-", "@"])
def test_a_name_is_never_a_formula(acme: Tenant, victor: APIClient, start: str) -> None:
    name = f'{start}HYPERLINK("https://evil.example", "x, y")'
    make_check(make_connection(make_integration(acme, name), name))
    row = rows_of(get(victor))[0]
    assert row["connectionName"] == row["integrationName"] == f"'{name}"


def test_lines_end_as_the_standard_has_it(connection: Connection, victor: APIClient) -> None:
    Connection.objects.update(name='Größe, "quoted" 🚀')
    make_check(connection)
    text = get(victor).getvalue().decode()
    assert text.count("\r\n") == 2
    assert text.endswith("\r\n")
    assert '"Größe, ""quoted"" 🚀"' in text


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("text/csv", "text/csv"),
        ("text/csv; charset=utf-8", "text/csv"),
        ("text/csv, application/json;q=0.5", "text/csv"),
        ("application/json;q=0.5, text/*", "text/csv"),
        ("application/json, text/csv;q=0.9", "application/json"),
        ("*/*", "application/json"),
        ("text/csv;q=0", "application/json"),
        ("text/html", "application/json"),
        ("nonsense", "application/json"),
        ("", "application/json"),
    ],
)
def test_the_form_that_is_liked_best_comes(victor: APIClient, accept: str, kind: str) -> None:
    answer = get(victor, accept=accept)
    assert answer["Content-Type"].partition(";")[0] == kind
    assert "Accept" in answer["Vary"]


@pytest.mark.parametrize(
    ("named", "accept", "kind"),
    [("csv", "application/json", "text/csv"), ("json", "text/csv", "application/json")],
)
def test_a_link_names_the_form_in_its_address(
    connection: Connection, victor: APIClient, named: str, accept: str, kind: str
) -> None:
    for path in ("health-checks", f"connections/{connection.pk}/health-checks", "state-changes"):
        answer = get(victor, f"{path}?format={named}", accept=accept)
        assert answer["Content-Type"].partition(";")[0] == kind


@pytest.mark.parametrize(
    "query", ["limit=5", "cursor=abc", "status=well", "from=yesterday", "format=xml"]
)
def test_what_goes_wrong_before_the_first_line_is_said_in_the_envelope(
    connection: Connection, victor: APIClient, nobody: APIClient, query: str
) -> None:
    for path in ("health-checks", f"connections/{connection.pk}/health-checks", "state-changes"):
        if not (path == "state-changes" and query.startswith("status")):
            error = error_of(get(victor, f"{path}?{query}"), 400)
            assert set(error["details"]) == {query.partition("=")[0]}
        error_of(get(nobody, path), 401)


def test_a_head_request_gets_the_headers_and_no_line(
    connection: Connection, victor: APIClient
) -> None:
    make_check(connection)
    answer = victor.head("/api/v1/health-checks", HTTP_ACCEPT="text/csv")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.getvalue() == b""


def test_anothers_checks_are_in_no_file(connection: Connection, charlie: APIClient) -> None:
    make_check(connection)
    assert rows_of(get(charlie)) == []
    error_of(get(charlie, f"connections/{connection.pk}/health-checks"), 404)


def test_what_a_deleted_connection_left_is_shown_to_nobody(
    connection: Connection, victor: APIClient
) -> None:
    shown = make_check(connection)
    gone = make_connection(connection.integration, "Gone")
    make_check(gone, ago=MINUTE)
    edits.delete(gone.tenant_id, [gone.pk])  # its history goes once that is committed
    assert [row["id"] for row in rows_of(get(victor))] == [str(shown.pk)]
    listed = victor.get("/api/v1/health-checks").json()["data"]
    assert [row["id"] for row in listed] == [str(shown.pk)]


def test_state_changes_come_as_csv_too(connection: Connection, victor: APIClient) -> None:
    make_change(connection)
    line = rows_of(get(victor, "state-changes?toStatus=unhealthy"))[0]
    assert line == flat(victor.get("/api/v1/state-changes").json()["data"][0])


def test_each_page_takes_as_many_queries_as_the_first(
    connection: Connection, victor: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_export, "PAGE", 5)
    for minute in range(20):
        make_check(connection, ago=minute * MINUTE)
    counted = []
    for query in (f"?from={iso(timezone.now() - 9.5 * MINUTE)}", ""):
        answer = get(victor, f"health-checks{query}")
        with CaptureQueriesContext(database) as queries:
            answer.getvalue()
        counted.append(sum("health_checks" in q["sql"] for q in queries.captured_queries))
    assert counted == [3, 5]  # two and four full pages, and the one that ends them
