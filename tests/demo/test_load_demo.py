"""`load_demo`: a tenant with a past, loaded again and again."""

import datetime as dt
import re
from io import StringIO
from itertools import pairwise

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db.models import Sum
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from api.ids import time_of
from connections.encryption import unseal
from connections.models import Connection, Credential
from connections.status import ConnectionStatus, CredentialState, HealthStatus
from demo import history
from demo.behaviour import PRESETS
from demo.tenant import TAG, TENANT_ID
from healthchecks.models import (
    Alert,
    HealthCheck,
    HealthStateChange,
    HourlyStatistics,
    Outage,
    StatisticsState,
)
from healthchecks.statistics import make_statistics
from integrations.models import Integration
from tenants.models import ApiKey, Tenant

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def provider(settings: Settings) -> None:
    settings.DEMO_PROVIDER = ("127.0.0.1", 4444)


@pytest.fixture(autouse=True)
def length(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole week takes seconds to write: an hour of it does, unless a test is about it."""
    if "whole_week" not in request.fixturenames:
        monkeypatch.setattr(history, "LENGTH", dt.timedelta(hours=1))


@pytest.fixture
def whole_week() -> None:
    """Leaves the past as long as it is."""


def _load() -> tuple[str, str]:
    """Return what it said about signing in, and about its progress."""
    out, err = StringIO(), StringIO()
    call_command("load_demo", stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_without_its_provider_there_is_no_demo(settings: Settings) -> None:
    settings.DEMO_PROVIDER = None
    with pytest.raises(CommandError, match="use bin/run --demo"):
        _load()
    assert not Tenant.objects.exists()


def test_what_is_printed_lets_people_in() -> None:
    for _ in range(2):
        told, _progress = _load()
        user_name, password = re.findall(r"Sign-in: +(\S+) / (\S+)", told)[0]
        key = ApiKey.objects.presented(re.findall(r"API key: +(\S+)", told)[0])
        assert Client().login(username=user_name, password=password)
        assert key is not None
        assert (key.tenant_id, key.role) == (TENANT_ID, "admin")
    assert ApiKey.objects.count() == User.objects.count() == 1


def test_a_restart_signs_nobody_out() -> None:
    _load()
    browser = Client()
    browser.force_login(User.objects.get())
    _load()
    assert browser.get("/admin/").status_code == 200


def test_nobody_elses_user_is_taken_over() -> None:
    User.objects.create_user("demo", password="its own")
    with pytest.raises(CommandError, match="A user named demo exists"):
        _load()
    assert User.objects.get().check_password("its own")


def test_nobody_elses_tenant_is_taken_over() -> None:
    other = Tenant.objects.create(name="Demo", slug="demo")
    _load()
    assert not other.integrations.exists()
    assert Tenant.objects.get(pk=TENANT_ID).slug == "demo-2"


def test_every_behaviour_has_a_connection_that_says_it_is_a_demo() -> None:
    _load()
    accounts = Connection.objects.values_list("variables__account", flat=True)
    assert set(accounts) == {*PRESETS, "flapping"}
    assert Connection.objects.filter(status=ConnectionStatus.PAUSED).count() == 1
    assert all(TAG in found.tags for found in Connection.objects.all())
    assert all(TAG in found.tags for found in Integration.objects.all())
    active = Connection.objects.filter(status=ConnectionStatus.ACTIVE).select_related("health")
    assert all(found.health.due_at is not None for found in active)
    assert {found.health.interval_seconds for found in active} == {60}


@pytest.mark.usefixtures("whole_week")
def test_the_past_agrees_with_itself_and_has_something_to_show() -> None:
    _load()
    causes = set(HealthCheck.objects.values_list("failure_cause", flat=True))
    assert {"credential", "provider", "rate_limited", "configuration", "contract"} <= causes
    assert set(HealthCheck.objects.values_list("status", flat=True)) == set(HealthStatus)
    assert Alert.objects.filter(resolved_at__isnull=False).exists()
    for connection in Connection.objects.with_health():
        checks = list(HealthCheck.objects.filter(connection=connection).order_by("pk"))
        changes = list(HealthStateChange.objects.filter(connection=connection).order_by("at"))
        health = connection.health
        assert checks[0].created_at < timezone.now() - dt.timedelta(days=6)
        assert [c.created_at for c in checks] == sorted(c.created_at for c in checks)
        assert all(time_of(c.pk) <= c.created_at for c in checks)
        assert (health.last_health_check_id, health.health_status) == (
            checks[-1].pk,
            checks[-1].status,
        )
        assert _transitions(checks) == [(c.from_status, c.to_status) for c in changes]
        assert all(change.processed_at for change in changes)
        open_alerts = Alert.objects.filter(connection=connection, resolved_at=None).count()
        assert open_alerts == (health.downtime_started_at is not None)


@pytest.mark.parametrize("running_already", [True, False])
def test_the_past_is_in_the_statistics(
    running_already: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "LENGTH", dt.timedelta(hours=3))
    if running_already:
        make_statistics()
    _load()
    counted = HourlyStatistics.objects.aggregate(checks=Sum("checks"))["checks"]
    made_until = StatisticsState.objects.get().made_until
    assert counted == HealthCheck.objects.filter(created_at__lt=made_until).count()
    assert Outage.objects.exists()


def test_a_second_load_keeps_what_is_there() -> None:
    _load()
    Connection.objects.filter(name="Team chat").update(name="Renamed")
    Integration.objects.get(slug="warehouse-api").connections.get().delete()
    names = set(Connection.objects.values_list("pk", "name"))
    checks = HealthCheck.objects.count()
    _, progress = _load()
    assert set(Connection.objects.values_list("pk", "name")) == names
    assert HealthCheck.objects.count() == checks
    assert not progress


def test_a_new_port_is_followed_with_the_secrets(settings: Settings) -> None:
    _load()
    kept = Integration.objects.get(slug="github")
    Integration.objects.filter(pk=kept.pk).update(base_url="https://api.github.com")
    held = Credential.objects.count()
    settings.DEMO_PROVIDER = ("127.0.0.1", 5555)
    _load()
    kept.refresh_from_db()
    assert kept.base_url == "https://api.github.com"
    others = Integration.objects.exclude(pk=kept.pk)
    assert {found.base_url for found in others} == {"http://127.0.0.1:5555/{account}"}
    assert Credential.objects.count() == held
    credential = Credential.objects.get(connection__name="Team chat")
    blob = bytes(credential.encrypted_secret)
    assert unseal(blob, connection_id=credential.pk, origin="http://127.0.0.1:5555")


def test_the_expiring_credential_stays_about_to_expire() -> None:
    _load()
    Credential.objects.filter(connection__variables__account="expiring").update(
        expires_at=timezone.now() - dt.timedelta(hours=1)
    )
    _load()
    expiring = Connection.objects.with_health().get(variables__account="expiring")
    assert expiring.credential_state() is CredentialState.EXPIRING


def _transitions(checks: list[HealthCheck]) -> list[tuple[str, str]]:
    statuses = [HealthStatus.HEALTHY, *(check.status for check in checks)]
    return [(a, b) for a, b in pairwise(statuses) if a != b]
