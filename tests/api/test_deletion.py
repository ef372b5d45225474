"""What is deleted is gone with all that hung on it, and nothing else is."""

from typing import Any

import pytest
from django.apps import apps
from django.utils import timezone
from rest_framework.test import APIClient

from api.ids import new_id
from connections.models import Connection, Consent
from healthchecks.models import (
    Alert,
    DailyStatistics,
    HealthCheck,
    HealthStateChange,
    HourlyStatistics,
    IntegrationPace,
    ManualRequest,
    Outage,
)
from integrations.models import Integration
from tenants.models import Tenant
from tests.factories import (
    make_action,
    make_check,
    make_connection,
    make_incident,
    make_integration,
)

KEPT = {
    *("Tenant", "Membership", "ApiKey", "OAuthClient", "DispatchState", "StatisticsState"),
    "OwnOutage",
    "AccountPause",  # of an account, which other connections can share; gone a day later
}
APPS = ("integrations", "connections", "healthchecks", "incidents")


def fill(connection: Connection) -> None:
    """Give a connection a row of each kind."""
    of_it: dict[str, Any] = {"tenant_id": connection.tenant_id, "connection": connection}
    check, now = make_check(connection), timezone.now()
    HealthStateChange.objects.create(**of_it, health_check_id=check.pk, at=now)
    Alert.objects.create(
        **of_it, opened_at=now, downtime_started_at=now, consecutive_failures=1, cause="provider"
    )
    ManualRequest.objects.create(**of_it, check_id=new_id(), created_at=now)
    HourlyStatistics.objects.create(**of_it, starts_at=now)
    Outage.objects.create(**of_it, started_at=now, ended_at=now)
    DailyStatistics.objects.create(**of_it, starts_at=now)
    make_incident(connection, resolved_at=now)
    Consent.objects.create(
        **of_it, state_hash=new_id().bytes, encrypted_verifier=b"x", expires_at=now
    )


def counts() -> dict[str, int]:
    return {
        model.__name__: model._default_manager.count()
        for app in APPS
        for model in apps.get_app_config(app).get_models()
        if model.__name__ not in KEPT
    }


@pytest.fixture
def integration(acme: Tenant) -> Integration:
    integration = make_integration(acme)
    Integration.objects.filter(pk=integration.pk).update(test_action=make_action(integration))
    IntegrationPace.objects.create(integration=integration)
    for name in ("One", "Two"):
        fill(make_connection(integration, name))
    return integration


@pytest.fixture
def delete(alice: APIClient, django_capture_on_commit_callbacks: Any) -> Any:
    def delete(path: str) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            assert alice.delete(f"/api/v1/{path}").status_code == 204

    return delete


def test_a_connection_takes_its_history_along(integration: Integration, delete: Any) -> None:
    before = counts()
    assert all(before.values()), before
    one, two = Connection.objects.order_by("pk")
    delete(f"connections/{one.pk}")
    shared = {"Integration", "Action", "IntegrationPace", "Incident"}
    assert counts() == {name: n if name in shared else n - 1 for name, n in before.items()}
    assert HealthCheck.objects.get().connection_id == two.pk


def test_an_integration_takes_its_connections_along(
    acme: Tenant, integration: Integration, delete: Any
) -> None:
    fill(make_connection(make_integration(acme, "Other")))
    delete(f"integrations/{integration.pk}")
    left = counts()
    assert left.pop("Action") == left.pop("IntegrationPace") == 0
    assert set(left.values()) == {1}


def test_a_deleted_connections_checks_are_not_listed_even_before_they_are_gone(
    integration: Integration, alice: APIClient
) -> None:
    one, _ = Connection.objects.order_by("pk")
    alice.delete(f"/api/v1/connections/{one.pk}")  # the commit, and what follows it, is to come
    assert HealthCheck.objects.count() == 2
    assert len(alice.get("/api/v1/health-checks").json()["data"]) == 1


def test_its_statistics_go_once_its_row_is_no_longer_locked(
    integration: Integration, alice: APIClient
) -> None:
    before = counts()
    alice.delete(f"/api/v1/integrations/{integration.pk}")
    after, history = counts(), {"HealthCheck", "HourlyStatistics", "DailyStatistics", "Outage"}
    assert {name for name in after if after[name]} == history
    assert all(after[name] == before[name] for name in history)


def test_the_number_of_statements_does_not_grow(
    integration: Integration, alice: APIClient, django_assert_max_num_queries: Any
) -> None:
    for n in range(20):
        make_connection(integration, f"C{n}")
    with django_assert_max_num_queries(60):
        alice.delete(f"/api/v1/integrations/{integration.pk}")
