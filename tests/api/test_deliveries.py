"""Deliveries: the log of what was told by which channel, and sending again."""

import datetime as dt
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from api.answers import iso
from connections.models import Connection
from notifications.models import NotificationChannel, NotificationDelivery
from tenants.models import Tenant
from tests.api.test_contract import assert_shape
from tests.api.test_envelope import error_of
from tests.factories import make_connection, make_delivery, make_integration, make_notice
from tests.notifications.rounds import make_channel

URL = "/api/v1/notification-deliveries"
MINUTE = dt.timedelta(minutes=1)
DELIVERY = {
    "id": "id",
    "channelId": "id",
    "channelName": "text",
    "channelKind": "text",
    "noticeId": "id",
    "kind": "text",
    "event": "text?",
    "severity": "text",
    "title": "text",
    "state": "text",
    "attempts": "int",
    "lastAttemptAt": "time?",
    "nextAttemptAt": "time?",
    "deliveredAt": "time?",
    "messageId": "id?",
    "reminder": "int",
    "error": "object?",
    "connectionId": "id?",
    "integrationId": "id?",
    "incidentId": "id?",
    "createdAt": "time",
}


@pytest.fixture
def connection(acme: Tenant) -> Connection:
    return make_connection(make_integration(acme))


@pytest.fixture
def channel(acme: Tenant) -> NotificationChannel:
    return make_channel(acme)


def listed(client: APIClient, **query: str) -> list[str]:
    answer = client.get(URL, query)
    assert answer.status_code == 200, answer.content
    return [row["id"] for row in answer.json()["data"]]


def ids(*rows: NotificationDelivery) -> list[str]:
    return [str(row.pk) for row in rows]


def retry(client: APIClient, delivery: NotificationDelivery) -> Any:
    return client.post(f"{URL}/{delivery.pk}/retry")


def test_a_delivery_says_what_went_where_and_when_it_is_tried_again(
    connection: Connection, channel: NotificationChannel, victor: APIClient
) -> None:
    notice = make_notice(channel.tenant, connection=connection)
    failed: dict[str, Any] = {
        "attempts": 2,
        "error_code": "http_500",
        "error_text": "The receiver answered 500.",
    }
    delivery = make_delivery(channel, notice, **failed)
    [shown] = victor.get(URL).json()["data"]
    assert_shape(shown, DELIVERY)
    assert (shown["kind"], shown["event"]) == ("downtime_opened", "downtime")
    assert (shown["connectionId"], shown["integrationId"]) == (
        str(connection.pk),
        str(connection.integration_id),
    )
    assert shown["error"] == {"code": "http_500", "message": "The receiver answered 500."}
    assert shown["nextAttemptAt"] == iso(delivery.due_at)
    rests = timezone.now() + MINUTE  # the whole channel, after a failure
    NotificationChannel.objects.update(next_try_at=rests)
    assert victor.get(URL).json()["data"][0]["nextAttemptAt"] == iso(rests)
    NotificationDelivery.objects.update(state="delivered", delivered_at=rests)
    assert victor.get(URL).json()["data"][0]["nextAttemptAt"] is None


def test_deliveries_come_newest_first_can_be_filtered_and_paged(
    acme: Tenant, connection: Connection, channel: NotificationChannel, victor: APIClient
) -> None:
    other, incident = make_channel(acme, name="Other"), uuid4()
    down = make_notice(acme, ago=30 * MINUTE, connection=connection)
    over = make_notice(
        acme, ago=10 * MINUTE, kind="incident_resolved", severity="info", incident_id=incident
    )
    first = make_delivery(channel, down, ago=30 * MINUTE, state="delivered")
    again = make_delivery(channel, down, ago=20 * MINUTE, reminder=1, state="failed")
    last = make_delivery(other, over, ago=10 * MINUTE)
    assert listed(victor) == ids(last, again, first)
    assert listed(victor, channelId=str(other.pk)) == ids(last)
    assert listed(victor, connectionId=str(connection.pk)) == ids(again, first)
    assert listed(victor, incidentId=str(incident)) == ids(last)
    assert listed(victor, event="downtime") == ids(again, first)
    assert listed(victor, event="incident") == ids(last)
    assert listed(victor, event="recovery") == []
    assert listed(victor, state="failed") == ids(again)
    between = {"from": iso(timezone.now() - 25 * MINUTE), "to": iso(timezone.now() - 15 * MINUTE)}
    assert listed(victor, **between) == ids(again)
    page = victor.get(URL, {"limit": "2"}).json()
    assert [row["id"] for row in page["data"]] == ids(last, again)
    assert listed(victor, cursor=page["pagination"]["cursor"]) == ids(first)


@pytest.mark.parametrize(
    "query",
    [
        "channelId=no-id",
        "connectionId=no-id",
        "event=rain",
        "state=lost",
        "from=yesterday",
        "from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z",
        "colour=red",
        "cursor=abc",
        "limit=101",
    ],
)
def test_filters_that_mean_nothing_are_refused(victor: APIClient, query: str) -> None:
    error = error_of(victor.get(f"{URL}?{query}"), 400)
    assert set(error["details"]) == {query.partition("=")[0]}


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_moments_far_away_are_moments_too(
    acme: Tenant, channel: NotificationChannel, victor: APIClient, moment: str
) -> None:
    delivery = make_delivery(channel, make_notice(acme))
    in_the_future = moment.startswith("9")
    assert listed(victor, **{"from": moment}) == ([] if in_the_future else ids(delivery))
    assert listed(victor, to=moment) == (ids(delivery) if in_the_future else [])


def test_what_has_failed_is_sent_again_with_its_id_for_another_day(
    acme: Tenant, channel: NotificationChannel, bob: APIClient
) -> None:
    NotificationChannel.objects.update(next_try_at=timezone.now() + MINUTE)
    delivery = make_delivery(
        channel, make_notice(acme), ago=dt.timedelta(days=3), state="failed", message_id=uuid4()
    )
    shown = retry(bob, delivery).json()["data"]
    assert (shown["state"], shown["messageId"]) == ("pending", str(delivery.message_id))
    assert dt.datetime.fromisoformat(shown["nextAttemptAt"]) <= timezone.now()
    delivery.refresh_from_db()
    assert timezone.now() - delivery.due_at < MINUTE


@pytest.mark.parametrize("state", ["pending", "delivered"])
def test_what_has_not_failed_is_not_sent_again(
    acme: Tenant, channel: NotificationChannel, bob: APIClient, state: str
) -> None:
    delivery = make_delivery(channel, make_notice(acme), state=state)
    error_of(retry(bob, delivery), 409)
    delivery.refresh_from_db()
    assert delivery.state == state


@pytest.mark.parametrize("off", [{"enabled": False}, {"disabled_at": dt.datetime.now(dt.UTC)}])
def test_nothing_is_sent_again_to_a_channel_that_is_off(
    acme: Tenant, bob: APIClient, off: dict[str, Any]
) -> None:
    delivery = make_delivery(make_channel(acme, **off), make_notice(acme), state="failed")
    error_of(retry(bob, delivery), 409)


def test_a_viewer_sends_nothing_again(
    acme: Tenant, channel: NotificationChannel, victor: APIClient
) -> None:
    error_of(retry(victor, make_delivery(channel, make_notice(acme), state="failed")), 403)


def test_the_log_goes_with_its_channel(
    acme: Tenant, channel: NotificationChannel, alice: APIClient
) -> None:
    make_delivery(channel, make_notice(acme))
    assert alice.delete(f"/api/v1/notification-channels/{channel.pk}").status_code == 204
    assert listed(alice) == []
