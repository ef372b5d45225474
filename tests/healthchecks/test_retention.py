"""What is kept and for how long, and the partitions that hold it."""

import datetime as dt

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from api.ids import id_at, new_id
from connections.models import Connection
from healthchecks import retention
from healthchecks.models import (
    Alert,
    DailyStatistics,
    HealthCheck,
    HealthStateChange,
    HourlyStatistics,
    ManualRequest,
    Outage,
    StatisticsState,
)
from healthchecks.partitions import HEALTH_CHECKS, HOURLY_STATISTICS
from healthchecks.statements import execute, fetch
from tenants.models import Tenant
from tests.factories import make_check, make_connection, make_integration, make_tenant
from tests.healthchecks.past import DAY

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def statistics_are_made(db: None) -> None:
    StatisticsState.objects.create(made_until=timezone.now())


@pytest.fixture
def acme() -> Tenant:
    return make_tenant()


@pytest.fixture
def connection(acme: Tenant) -> Connection:
    return make_connection(make_integration(acme), token=None)


def days_ago(*days: int) -> list[dt.date]:
    return [timezone.now().date() - n * DAY for n in days]


def test_partitions_are_made_ahead() -> None:
    retention.make_partitions()
    assert days_ago(-7)[0] in HEALTH_CHECKS.partitions()
    assert days_ago(-7)[0].replace(day=1) in HOURLY_STATISTICS.partitions()


def test_making_partitions_twice_makes_nothing() -> None:
    retention.make_partitions()
    assert retention.make_partitions() == []


def test_days_of_checks_are_dropped_after_the_longest_retention(acme: Tenant) -> None:
    make_tenant("Long", retention_days=8)
    days = days_ago(10, 9, 8)
    retention.make_partitions(since=days[0])
    dropped = retention.drop_old_partitions()
    assert {HEALTH_CHECKS.partition_name(day) for day in days[:2]} <= set(dropped)
    assert days[2] in HEALTH_CHECKS.partitions()


def test_checks_stay_until_they_are_in_the_statistics(acme: Tenant) -> None:
    days = days_ago(11, 10, 9)
    retention.make_partitions(since=days[0])
    # What was claimed before midnight may have been made within the hour after it.
    made_until = dt.datetime.combine(days[1], dt.time(0), tzinfo=dt.UTC) + dt.timedelta(hours=1)
    StatisticsState.objects.update(made_until=made_until)
    retention.drop_old_partitions()
    assert [day in HEALTH_CHECKS.partitions() for day in days] == [False, True, True]
    StatisticsState.objects.all().delete()
    assert retention.drop_old_partitions() == []


def test_months_of_statistics_are_dropped_after_400_days(connection: Connection) -> None:
    old, kept = days_ago(440, 395)
    HOURLY_STATISTICS.make(old, kept)
    for day in (old, kept):
        starts_at = dt.datetime.combine(day, dt.time(5), tzinfo=dt.UTC)
        HourlyStatistics.objects.create(
            tenant=connection.tenant, connection=connection, starts_at=starts_at
        )
    assert HOURLY_STATISTICS.partition_name(old) in retention.drop_old_partitions()
    assert HourlyStatistics.objects.get().starts_at.date() == kept


def test_a_shorter_retention_deletes_only_its_tenants_checks(connection: Connection) -> None:
    Tenant.objects.filter(pk=connection.tenant_id).update(retention_days=2)
    thorough = make_tenant("Thorough", retention_days=5)
    other = make_connection(make_integration(thorough), token=None)
    retention.make_partitions(since=days_ago(5)[0])
    for each in (connection, other):
        for days in range(5):
            make_check(each, ago=days * DAY)
    assert retention.delete_old_checks() == 2
    assert HealthCheck.objects.filter(connection=connection).count() == 3
    assert HealthCheck.objects.filter(connection=other).count() == 5


def test_what_has_no_partitions_goes_after_400_days(connection: Connection) -> None:
    of_it = {"tenant_id": connection.tenant_id, "connection": connection}
    kept, old = (timezone.now() - days * DAY for days in (399, 401))
    for at in (kept, old):
        DailyStatistics.objects.create(**of_it, starts_at=at)
        Outage.objects.create(**of_it, started_at=at, ended_at=at)
        HealthStateChange.objects.create(**of_it, id=id_at(at), health_check_id=new_id(), at=at)
        Alert.objects.create(
            **of_it,
            id=id_at(at),
            opened_at=at,
            downtime_started_at=at,
            resolved_at=at,
            cause="provider",
            consecutive_failures=1,
        )
    Alert.objects.filter(opened_at=kept).update(resolved_at=None)  # another may not be open
    assert retention.forget_what_is_old() == 4
    assert Outage.objects.get().ended_at == kept
    assert HealthStateChange.objects.get().at == kept


def test_an_alert_stays_while_it_is_open(connection: Connection) -> None:
    at = timezone.now() - 401 * DAY
    Alert.objects.create(
        tenant_id=connection.tenant_id,
        connection=connection,
        id=id_at(at),
        opened_at=at,
        downtime_started_at=at,
        cause="provider",
        consecutive_failures=1,
    )
    assert retention.forget_what_is_old() == 0


def test_notes_of_manual_checks_go_with_the_checks(connection: Connection) -> None:
    for days in (6, 8):
        ManualRequest.objects.create(
            check_id=new_id(),
            tenant_id=connection.tenant_id,
            connection=connection,
            created_at=timezone.now() - days * DAY,
        )
    assert retention.forget_manual_requests() == 1


@pytest.mark.parametrize(
    ("table", "partition"),
    [
        ("tenants", "tenants"),
        ("tenants", "tenants_20260101"),
        ("health_checks", "connections"),
        ("health_checks", "health_checks_20260101; DROP TABLE tenants"),
        ("pg_catalog.pg_class", "health_checks_20260101"),
    ],
)
def test_nothing_else_is_made_or_dropped(table: str, partition: str) -> None:
    names = {"table": table, "partition": partition}
    for statement in (
        "SELECT make_partition(%(table)s, %(partition)s, '1', '2')",
        "SELECT drop_partition(%(table)s, %(partition)s)",
    ):
        with pytest.raises(DatabaseError, match="is no partition"), transaction.atomic():
            execute(statement, names)


def test_partitions_are_made_and_dropped_only_by_those_who_are_let() -> None:
    rows = fetch(
        "SELECT proname FROM pg_proc WHERE proname IN ('make_partition', 'drop_partition')"
        " AND prosecdef AND NOT EXISTS"
        " (SELECT FROM aclexplode(proacl) WHERE grantee = 0)"
    )
    assert len(rows) == 2
