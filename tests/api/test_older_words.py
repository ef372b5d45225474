"""`GET /health/integrations`: the older document's array, words and messages."""

import datetime as dt
from typing import Any
from uuid import UUID

import pytest
from rest_framework.test import APIClient

from connections.models import Connection
from connections.status import Word
from healthchecks.live import Entry
from healthchecks.older_words import describe, message
from integrations.catalogue import providers
from tenants.models import Tenant
from tests.factories import make_connection, make_integration, set_health

NOON = dt.datetime(2026, 1, 25, 12, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)


def entry(word: str = "online", **fields: Any) -> Entry:
    usual: dict[str, Any] = {
        "integration_id": UUID(int=1),
        "word": Word(word),
        "last_check": NOON,
        "last_success": NOON - 5 * MINUTE if word == "offline" else NOON,
        "response_time_ms": 120,
        "error_code": {"online": "", "degraded": "slow", "offline": "http_401"}[word],
        "consecutive_failures": 3 if word == "offline" else 0,
        "downtime_start": NOON - 2 * MINUTE if word == "offline" else None,
    }
    return Entry(**(usual | fields))


def described(*entries: Entry) -> dict[str, Any]:
    return describe("jira", providers()["jira"], entries)


def test_one_connection_is_told_as_it_is() -> None:
    assert described(entry("offline")) == {
        "integration": "jira",
        "status": "offline",
        "last_successful_check": NOON - 5 * MINUTE,
        "last_check": NOON,
        "response_time_ms": 120,
        "error_message": "Authentication expired - re-authentication required",
        "consecutive_failures": 3,
        "downtime_start": NOON - 2 * MINUTE,
    }
    online = described(entry())
    assert (online["status"], online["error_message"]) == ("online", None)
    degraded = described(entry("degraded"))
    assert degraded["error_message"] == "Response time exceeds 2s threshold"


@pytest.mark.parametrize(
    ("words", "together"),
    [
        (("online", "online"), "online"),
        (("offline", "offline"), "offline"),
        (("degraded", "degraded"), "degraded"),
        (("online", "offline"), "degraded"),
        (("online", "degraded"), "degraded"),
        (("offline", "degraded"), "degraded"),
    ],
)
def test_several_connections_share_a_word(words: tuple[str, ...], together: str) -> None:
    assert described(*(entry(word) for word in words))["status"] == together


def test_several_connections_are_summed_up() -> None:
    state = described(
        entry(last_check=NOON, last_success=NOON, response_time_ms=300),
        entry(last_check=NOON - MINUTE, last_success=NOON - MINUTE, response_time_ms=100),
        entry("offline", last_check=NOON - 3 * MINUTE, error_code="http_500"),
        entry("offline", last_check=NOON - 2 * MINUTE, error_code="timeout"),
        entry("degraded", last_check=NOON),
    )
    assert state["last_check"] == state["last_successful_check"] == NOON
    assert state["response_time_ms"] == 300
    assert state["error_message"] == "Request timeout (>10s)"
    assert state["consecutive_failures"] == 0
    assert state["downtime_start"] is None


def test_when_all_are_down_the_latest_downtime_is_told() -> None:
    state = described(
        entry("offline", downtime_start=NOON - 9 * MINUTE, consecutive_failures=9),
        entry("offline", downtime_start=NOON - 4 * MINUTE, consecutive_failures=4),
        entry("offline", downtime_start=NOON - 6 * MINUTE, last_success=None),
    )
    assert state["downtime_start"] == NOON - 4 * MINUTE
    assert state["consecutive_failures"] == 3


@pytest.mark.parametrize(
    ("provider", "code", "text"),
    [
        ("jira", "connection_refused", "Connection failed - check network"),
        ("jira", "http_500", "HTTP 500 Internal Server Error"),
        ("postman", "http_401", "Invalid API key"),
        ("postman", "http_503", "HTTP 503 Service Unavailable"),
        ("postman", "tls_expired", "The host's TLS certificate is not valid today."),
        ("testmo", "http_401", "Invalid API key"),
        ("testmo", "http_599", "HTTP 599"),
        (None, "http_401", "The API answered 401 Unauthorized."),
    ],
)
def test_the_older_documents_providers_speak_its_words(
    provider: str | None, code: str, text: str
) -> None:
    assert message(providers()[provider] if provider else None, code) == text


@pytest.fixture
def checked(acme: Tenant) -> Connection:
    jira = make_integration(acme, "Jira", provider="jira", slug="jira")
    connection = make_connection(jira)
    set_health(
        connection,
        last_word="offline",
        last_error_code="http_401",
        last_health_check_at=NOON,
        consecutive_failures=1,
        downtime_started_at=NOON,
        version=2,
    )
    return connection


def test_the_endpoint_answers_a_bare_array(checked: Connection, victor: APIClient) -> None:
    answer = victor.get("/api/v1/health/integrations")
    assert answer.json() == [
        {
            "integration": "jira",
            "status": "offline",
            "lastSuccessfulCheck": None,
            "lastCheck": "2026-01-25T12:00:00.000Z",
            "responseTimeMs": None,
            "errorMessage": "Authentication expired - re-authentication required",
            "consecutiveFailures": 1,
            "downtimeStart": "2026-01-25T12:00:00.000Z",
        }
    ]


def test_what_is_not_checked_is_not_in_it(
    acme: Tenant, checked: Connection, victor: APIClient
) -> None:
    make_connection(make_integration(acme, "Never checked"))
    assert len(victor.get("/api/v1/health/integrations").json()) == 1


def test_a_deleted_connection_leaves_it(
    checked: Connection, alice: APIClient, django_capture_on_commit_callbacks: Any
) -> None:
    assert len(alice.get("/api/v1/health/integrations").json()) == 1
    with django_capture_on_commit_callbacks(execute=True):
        alice.delete(f"/api/v1/connections/{checked.pk}")
    assert alice.get("/api/v1/health/integrations").json() == []


def test_a_paused_connection_leaves_it_and_a_resumed_one_comes_back(
    checked: Connection, bob: APIClient, django_capture_on_commit_callbacks: Any
) -> None:
    for verb, count in (("pause", 0), ("resume", 1)):
        with django_capture_on_commit_callbacks(execute=True):
            bob.post(f"/api/v1/connections/{checked.pk}/{verb}")
        assert len(bob.get("/api/v1/health/integrations").json()) == count
