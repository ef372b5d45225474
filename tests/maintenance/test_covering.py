"""Which connections a window covers, and until when."""

import datetime as dt

import pytest
from django.db import connection as database
from django.utils import timezone

import connections.edits
import integrations.edits
from connections.models import Connection
from maintenance import edits
from maintenance.covering import covered, in_maintenance_until
from maintenance.models import MaintenanceWindow
from tenants.models import Tenant
from tests.factories import make_connection, make_integration, make_tenant, make_window

MINUTE = dt.timedelta(minutes=1)
DAY = dt.timedelta(days=1)

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme() -> Tenant:
    return make_tenant("Acme")


@pytest.fixture
def jira(acme: Tenant) -> Connection:
    return make_connection(make_integration(acme, "Jira", tags=["core"]), "Jira", tags=["team-a"])


@pytest.fixture
def slack(acme: Tenant) -> Connection:
    return make_connection(make_integration(acme, "Slack"), "Slack")


def covered_now() -> set[str]:
    with database.cursor() as cursor:
        cursor.execute(f"SELECT name FROM connections c WHERE {covered('c')}")  # noqa: S608
        return {name for (name,) in cursor.fetchall()}


@pytest.mark.usefixtures("jira", "slack")
def test_nothing_is_covered_where_there_is_no_window() -> None:
    assert covered_now() == set()


@pytest.mark.usefixtures("jira", "slack")
def test_a_window_that_names_nothing_covers_everything_of_its_tenant_alone(acme: Tenant) -> None:
    make_connection(make_integration(make_tenant("Stranger")), "Theirs")
    make_window(acme)
    assert covered_now() == {"Jira", "Slack"}


def test_a_window_covers_what_it_names(jira: Connection, slack: Connection) -> None:
    for names in (
        {"connection_ids": [jira.pk]},
        {"integration_ids": [jira.integration_id]},
        {"tags": ["team-a", "unused"]},
        {"tags": ["core"]},
        {"tags": ["unused"], "connection_ids": [jira.pk]},
    ):
        window = make_window(jira.tenant, **names)
        assert covered_now() == {"Jira"}
        window.delete()
    assert in_maintenance_until(slack) is None


@pytest.mark.parametrize(
    ("ago", "covers"),
    [(-MINUTE, False), (dt.timedelta(), True), (59 * MINUTE, True), (60 * MINUTE, False)],
)
def test_it_covers_from_its_start_to_its_end(
    jira: Connection, ago: dt.timedelta, covers: bool
) -> None:
    make_window(jira.tenant, ago=ago)
    assert covered_now() == ({"Jira"} if covers else set())


def test_the_end_is_that_of_the_last_of_several(jira: Connection) -> None:
    longest = make_window(jira.tenant, duration_minutes=300)
    make_window(jira.tenant)
    make_window(jira.tenant, ago=-30 * MINUTE, duration_minutes=900)
    assert in_maintenance_until(jira) == longest.current_ends_at


def test_where_an_occurrence_is_over_the_task_goes_on_to_the_next(jira: Connection) -> None:
    window = make_window(jira.tenant, ago=2 * DAY, rrule="FREQ=DAILY")
    planned = (window.current_starts_at, window.current_ends_at)
    MaintenanceWindow.objects.update(
        current_starts_at=window.starts_at, current_ends_at=window.starts_at + 60 * MINUTE
    )
    window.refresh_from_db()
    assert window.current == planned, "though the task has not come by"
    assert (covered_now(), edits.go_on(), covered_now()) == (set(), 1, {"Jira"})
    window.refresh_from_db()
    assert (window.current_starts_at, window.current_ends_at) == planned
    assert edits.go_on() == 0


def test_a_window_that_is_over_stays_over(jira: Connection) -> None:
    window = make_window(jira.tenant)
    MaintenanceWindow.objects.update(
        starts_at=timezone.now() - DAY, current_ends_at=timezone.now() - MINUTE
    )
    edits.go_on()
    window.refresh_from_db()
    assert (window.current_starts_at, window.state) == (None, "over")


def test_one_window_that_cannot_go_on_stops_no_other(
    jira: Connection, caplog: pytest.LogCaptureFixture
) -> None:
    for zone in ("Gone/Away", "UTC"):
        window = make_window(jira.tenant, ago=DAY, rrule="FREQ=DAILY")
        MaintenanceWindow.objects.filter(pk=window.pk).update(
            time_zone=zone, current_ends_at=timezone.now() - MINUTE
        )
    assert edits.go_on() == 1
    assert "cannot go on" in caplog.text


def test_what_is_deleted_leaves_its_windows_and_never_widens_them(
    jira: Connection, slack: Connection
) -> None:
    both = {"connection_ids": [slack.pk, jira.pk], "integration_ids": [jira.integration_id]}
    wide, alone, tagged = (
        make_window(jira.tenant, **fields)
        for fields in (
            both,
            {"connection_ids": [jira.pk]},
            {"connection_ids": [jira.pk], "tags": ["x"]},
        )
    )
    integrations.edits.delete(jira.integration)
    kept = {row.pk: row for row in MaintenanceWindow.objects.all()}
    assert kept.keys() == {wide.pk, tagged.pk}, alone
    assert (kept[wide.pk].connection_ids, kept[wide.pk].integration_ids) == ([slack.pk], [])
    assert kept[tagged.pk].connection_ids == []
    connections.edits.delete(slack.tenant_id, [slack.pk])
    assert list(MaintenanceWindow.objects.all()) == [tagged]
