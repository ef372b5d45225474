"""Health checks, state changes and alerts in the admin: complete, read-only, never counted."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from api.ids import id_at
from connections import edits
from connections.models import Connection
from healthchecks import newest_first
from healthchecks.models import Alert, HealthCheck, HealthStateChange
from integrations.models import Integration
from tests.admin.pages import page, row, text
from tests.factories import make_check, make_connection, make_integration, make_tenant

CHECKS = page(HealthCheck, "changelist")
MINUTE = dt.timedelta(minutes=1)


def test_a_check_says_why_and_what_to_do(olga: Client, production: Connection) -> None:
    check = make_check(
        production,
        status="unhealthy",
        outcome="failed",
        failure_cause="credential",
        error_code="http_401",
        reasons=["test_action_failed", "recent_failures"],
    )
    shown = text(olga.get(row(check)))
    assert "The test action failed · Recent checks failed" in shown
    assert "The API answered 401 Unauthorized." in shown
    assert "Enter a new one, or authorise again." in shown


def test_the_list_never_counts_and_never_joins(olga: Client, production: Connection) -> None:
    make_check(production)
    for query in ({}, {"status__exact": "healthy"}, {"connection": str(production.pk)}):
        with CaptureQueriesContext(database) as queries:
            assert "Production" in text(olga.get(CHECKS, query))
        statements = [q["sql"] for q in queries if '"health_checks"' in q["sql"]]
        assert statements
        assert not any("COUNT(" in sql or "JOIN" in sql for sql in statements)
        assert all("LIMIT" in sql for sql in statements)


def test_the_list_takes_the_same_queries_for_one_row_and_for_forty(
    olga: Client, production: Connection
) -> None:
    make_check(production)
    with CaptureQueriesContext(database) as one:
        olga.get(CHECKS)
    for name in ("Beta", "Gamma", "Delta", "Epsilon"):
        connection = make_connection(make_integration(make_tenant(name), name), name)
        for ago in range(10):
            make_check(connection, ago=ago * MINUTE)
    with CaptureQueriesContext(database) as forty:
        assert "Epsilon" in text(olga.get(CHECKS))
    assert len(forty) == len(one)


def test_pages_go_back_in_time_without_gap_or_repetition(
    olga: Client, production: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(newest_first, "PAGE_SIZE", 3)
    made = [make_check(production, ago=n * MINUTE).pk for n in range(8)]
    assert _walk(olga, CHECKS) == made


def test_a_rare_status_is_found_by_looking_further_back(
    olga: Client, production: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(newest_first, "LOOKED_THROUGH", 3)
    made = [
        make_check(production, ago=n * MINUTE, status="degraded" if n in {2, 7} else "healthy").pk
        for n in range(9)
    ]
    address = f"{CHECKS}?status__exact=degraded"
    first: Any = olga.get(address)
    assert "1 found back to" in text(first)
    assert "Look further back" in text(first)
    assert _walk(olga, address) == [made[2], made[7]]


def test_checks_are_narrowed_to_a_tenant_a_connection_and_a_day(
    olga: Client, production: Connection, crm: Integration
) -> None:
    other = make_connection(make_integration(make_tenant("Beta"), "Beta"), "Staging")
    today, yesterday = make_check(production), make_check(production, ago=dt.timedelta(days=1))
    elsewhere = make_check(other)
    day = f"{timezone.now().date()}"
    assert _found(olga, connection=str(production.pk)) == [today.pk, yesterday.pk]
    assert _found(olga, tenant=str(other.tenant_id)) == [elsewhere.pk]
    assert _found(olga, connection=str(production.pk), day=day) == [today.pk]
    assert _found(olga, q=str(other.pk)) == [elsewhere.pk]
    assert _found(olga, q=str(yesterday.pk)) == [yesterday.pk]
    assert _found(olga, q="no id") == []


@pytest.mark.parametrize("query", ["before=x", "tenant=x", "connection=", "day=2026-99-99", "x=1"])
def test_a_mistyped_address_is_survived(olga: Client, production: Connection, query: str) -> None:
    assert olga.get(f"{CHECKS}?{query}", follow=True).status_code == 200


def test_nothing_can_be_changed_added_or_deleted(olga: Client, production: Connection) -> None:
    check = make_check(production)
    assert olga.post(row(check), {"status": "healthy"}).status_code == 403
    assert olga.get(row(check, "delete")).status_code == 403
    assert olga.get(page(HealthCheck, "add")).status_code == 403


def test_the_history_of_a_deleted_connection_can_still_be_read(
    olga: Client, production: Connection
) -> None:
    check = make_check(production)
    edits.delete(production.tenant_id, [production.pk])  # what is left until the commit
    assert "(deleted)" in text(olga.get(CHECKS))
    assert "(deleted)" in text(olga.get(row(check)))


def test_state_changes_and_alerts_are_shown(olga: Client, production: Connection) -> None:
    now = timezone.now()
    check = make_check(production)
    change = HealthStateChange.objects.create(
        tenant=production.tenant,
        connection=production,
        from_status="healthy",
        to_status="unhealthy",
        reasons=["test_action_failed"],
        health_check_id=check.pk,
        at=now,
    )
    alert = Alert.objects.create(
        id=id_at(now),
        tenant=production.tenant,
        connection=production,
        opened_at=now,
        downtime_started_at=now - 90 * MINUTE,
        cause="provider",
        error_code="timeout",
        consecutive_failures=4,
    )
    assert "Healthy" in text(olga.get(page(HealthStateChange, "changelist")))
    assert str(check.pk) in text(olga.get(row(change)))
    opened = text(olga.get(page(Alert, "changelist"), {"state": "open"}))
    assert "1:30:0" in opened
    assert "did not answer in time" in text(olga.get(row(alert)))
    assert "1:30:0" not in text(olga.get(page(Alert, "changelist"), {"state": "resolved"}))


def _found(olga: Client, **query: str) -> Sequence[Any]:
    answer: Any = olga.get(CHECKS, query)
    return [check.pk for check in answer.context["cl"].result_list]


def _walk(olga: Client, address: str) -> list[Any]:
    """Follow the links to older rows until there are none."""
    seen: list[Any] = []
    more = address
    for _ in range(20):
        answer: Any = olga.get(more)
        changes = answer.context["cl"]
        seen += [check.pk for check in changes.result_list]
        if not changes.has_older:
            return seen
        more = CHECKS + changes.older_url
    raise AssertionError("The list never ends.")
