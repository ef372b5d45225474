"""Notices before a credential ends: a year of its life on a clock of our own."""

import datetime as dt

import pytest
from django.utils import timezone

from connections.models import Connection, Credential
from integrations.muting import mute, unmute
from notifications import forecasts
from notifications.models import Notice, NotificationDelivery
from tests.factories import make_connection, make_integration, make_tenant
from tests.notifications.rounds import make_channel

pytestmark = pytest.mark.django_db

DAY, HOUR = dt.timedelta(days=1), dt.timedelta(hours=1)


@pytest.fixture
def connection() -> Connection:
    return make_connection(make_integration(make_tenant()))


def ends(connection: Connection, at: dt.datetime | None, **fields: object) -> None:
    Credential.objects.filter(pk=connection.pk).update(expires_at=at, **fields)


def told() -> list[tuple[str, int]]:
    """How severe, and how long ahead in seconds, in the order of telling."""
    rows = Notice.objects.order_by("pk")
    return [(row.severity, row.data["aheadSeconds"]) for row in rows]


def live(start: dt.datetime, length: dt.timedelta, *, step: dt.timedelta = HOUR / 2) -> None:
    """Look ahead again and again, twice each time, as two beats would."""
    now = start
    while now <= start + length:
        forecasts.foretell(now)
        forecasts.foretell(now)
        now += step


ALL = [("info", 30), ("info", 14), ("info", 7), ("warning", 1)]
FIVE = [(severity, days * 86_400) for severity, days in ALL] + [("critical", 3_600)]


def test_in_a_year_each_forecast_is_told_once(connection: Connection) -> None:
    channel = make_channel(connection.tenant, events=["expiry"])
    start = timezone.now()
    ends(connection, start + 365 * DAY)
    live(start, 330 * DAY, step=7 * DAY)
    assert told() == []
    live(start + 330 * DAY, 34 * DAY, step=8 * HOUR)
    live(start + 363.5 * DAY, 2 * DAY)
    assert told() == FIVE
    assert NotificationDelivery.objects.filter(channel=channel).count() == 5


@pytest.mark.parametrize(
    ("life", "expected"),
    [(10 * DAY, FIVE[2:]), (7 * DAY, FIVE[3:]), (2 * HOUR, FIVE[4:]), (HOUR, [])],
)
def test_they_are_told_as_far_as_its_life_is_longer(
    connection: Connection, life: dt.timedelta, expected: list[tuple[str, int]]
) -> None:
    start = timezone.now()
    ends(connection, start + life)
    live(start, life, step=min(HOUR, life / 8))
    assert told() == expected


def test_after_a_stop_only_the_nearest_is_told(connection: Connection) -> None:
    start = timezone.now()
    ends(connection, start + 60 * DAY)
    forecasts.foretell(start)
    forecasts.foretell(start + 54 * DAY)
    assert told() == FIVE[2:3]


def test_a_new_credential_begins_anew(connection: Connection) -> None:
    start = timezone.now()
    ends(connection, start + 40 * DAY)
    live(start, 15 * DAY, step=DAY)
    assert told() == FIVE[:1]
    ends(connection, start + 100 * DAY)
    live(start + 15 * DAY, 60 * DAY, step=DAY)
    assert told() == FIVE[:1] * 2


def test_an_end_that_moves_by_seconds_is_the_same(connection: Connection) -> None:
    start = timezone.now()
    ends(connection, start + 40 * DAY)
    for hour in range(20 * 24):
        ends(connection, start + 40 * DAY + dt.timedelta(seconds=hour % 7))
        forecasts.foretell(start + hour * HOUR)
    assert told() == FIVE[:1]


def test_of_a_muted_connection_it_is_told_afterwards(connection: Connection) -> None:
    start = timezone.now()
    ends(connection, start + 40 * DAY)
    forecasts.foretell(start)
    mute(connection, None)
    forecasts.foretell(start + 11 * DAY)
    assert told() == []
    unmute(connection)
    forecasts.foretell(start + 12 * DAY)
    assert told() == FIVE[:1]


def test_tokens_that_are_refreshed_and_ends_that_are_past_are_not_told(
    connection: Connection,
) -> None:
    start = timezone.now()
    ends(connection, start + 40 * DAY, refresh_due_at=start + HOUR)
    live(start, 41 * DAY, step=DAY)
    ends(connection, start - DAY, refresh_due_at=None)
    live(start, 2 * DAY, step=HOUR)
    assert told() == []
