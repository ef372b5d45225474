"""Which deliveries and notices a list shows."""

import datetime as dt
from collections.abc import Sequence
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from rest_framework import serializers

from api.ids import lowest_id
from api.pagination import ListQuery, Query
from connections.models import Connection
from healthchecks.listing import TimeSpan
from integrations.models import Integration
from notifications.models import Notice, NotificationChannel, NotificationDelivery
from notifications.status import DeliveryState, Event, NoticeKind

Row = TypeVar("Row", bound=Model)

_FIRST = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)  # no id is older


class DeliveryQuery(TimeSpan, ListQuery):
    channel_id = serializers.UUIDField(required=False)
    connection_id = serializers.UUIDField(source="notice__connection", required=False)
    incident_id = serializers.UUIDField(source="notice__incident_id", required=False)
    event = serializers.ChoiceField(Event.choices, required=False)
    state = serializers.ChoiceField(DeliveryState.choices, required=False)


class NoticeQuery(TimeSpan, ListQuery):
    connection_id = serializers.UUIDField(required=False)
    incident_id = serializers.UUIDField(required=False)
    event = serializers.ChoiceField(Event.choices, required=False)
    unread = serializers.BooleanField(required=False)


def chosen_deliveries(
    rows: QuerySet[NotificationDelivery], query: Query
) -> QuerySet[NotificationDelivery]:
    """Return the deliveries that the query's filters leave."""
    names = ("channel_id", "notice__connection", "notice__incident_id", "state")
    rows = _within(rows, query).filter(**{name: query[name] for name in names if name in query})
    return rows.filter(notice__kind__in=_kinds(query["event"])) if "event" in query else rows


def chosen_notices(rows: QuerySet[Notice], query: Query) -> QuerySet[Notice]:
    """Return the notices that the query's filters leave, but for `unread`."""
    names = ("connection_id", "incident_id")
    rows = _within(rows, query).filter(**{name: query[name] for name in names if name in query})
    return rows.filter(kind__in=_kinds(query["event"])) if "event" in query else rows


def with_channels(rows: Sequence[NotificationDelivery]) -> Sequence[NotificationDelivery]:
    """Return these with their channels and notices at hand. Two queries (no joins: see
    `healthchecks.listing.with_connections`)."""
    channels = NotificationChannel.objects.in_bulk({row.channel_id for row in rows})
    notices = Notice.objects.in_bulk({row.notice_id for row in rows})
    for row in rows:
        row.channel, row.notice = channels[row.channel_id], notices[row.notice_id]
    return rows


def with_names(rows: Sequence[Notice]) -> Sequence[Notice]:
    """Return these with their connections and integrations at hand. Two queries."""
    connections = Connection.objects.in_bulk(_given(row.connection_id for row in rows))
    integrations = Integration.objects.in_bulk(_given(row.integration_id for row in rows))
    for row in rows:
        row.connection = connections.get(row.connection_id)
        row.integration = integrations.get(row.integration_id)
    return rows


def _given(ids: Any) -> set[Any]:
    return {pk for pk in ids if pk is not None}


def _kinds(event: str) -> list[NoticeKind]:
    return [kind for kind in NoticeKind if kind.events and kind.events[0] == event]


def _within(rows: QuerySet[Row], query: Query) -> QuerySet[Row]:
    """Return the rows made in the query's span, by their ids."""
    if query["start"] is not None:
        rows = rows.filter(pk__gte=lowest_id(max(query["start"], _FIRST)))
    if query["to"] is not None:
        rows = rows.filter(pk__lt=lowest_id(max(query["to"], _FIRST)))
    return rows
