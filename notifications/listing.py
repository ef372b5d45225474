"""Which deliveries and notices a list shows."""

import datetime as dt
from collections.abc import Sequence
from typing import Any, TypeVar

from django.db.models import F, Model, QuerySet
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


class EventField(serializers.ChoiceField):
    """An event; it becomes the kinds of notices whose own it is."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(Event.choices, **kwargs)

    def to_internal_value(self, data: Any) -> Any:
        event = super().to_internal_value(data)
        return [kind for kind in NoticeKind if kind.events[:1] == (event,)]


class DeliveryQuery(TimeSpan, ListQuery):
    channel_id = serializers.UUIDField(required=False)
    connection_id = serializers.UUIDField(source="notice__connection", required=False)
    incident_id = serializers.UUIDField(source="notice__incident_id", required=False)
    event = EventField(source="notice__kind__in", required=False)
    state = serializers.ChoiceField(DeliveryState.choices, required=False)


class NoticeQuery(TimeSpan, ListQuery):
    connection_id = serializers.UUIDField(required=False)
    incident_id = serializers.UUIDField(required=False)
    event = EventField(source="kind__in", required=False)
    unread = serializers.BooleanField(required=False)


def chosen_deliveries(
    rows: QuerySet[NotificationDelivery], query: Query
) -> QuerySet[NotificationDelivery]:
    """Return the deliveries that the query's filters leave."""
    rows = _within(rows, query).filter(**_given(query, "channel_id", "state"))
    of_notice = _given(query, "notice__connection", "notice__incident_id", "notice__kind__in")
    # Without the tenant, which row security says in a way that no index serves, the notices of all
    # tenants would be read.
    return rows.filter(notice__tenant=F("tenant"), **of_notice) if of_notice else rows


def chosen_notices(rows: QuerySet[Notice], query: Query) -> QuerySet[Notice]:
    """Return the notices that the query's filters leave, but for `unread`."""
    return _within(rows, query).filter(**_given(query, "connection_id", "incident_id", "kind__in"))


def with_channels(rows: Sequence[NotificationDelivery]) -> Sequence[NotificationDelivery]:
    """Return these with their channels and notices at hand. Two queries (no joins: see
    `healthchecks.listing.with_connections`). Those of what was just deleted are left out."""
    channels = NotificationChannel.objects.in_bulk({row.channel_id for row in rows})
    notices = Notice.objects.in_bulk({row.notice_id for row in rows})
    shown = [row for row in rows if row.channel_id in channels and row.notice_id in notices]
    for row in shown:
        row.channel, row.notice = channels[row.channel_id], notices[row.notice_id]
    return shown


def with_names(rows: Sequence[Notice]) -> Sequence[Notice]:
    """Return these with their connections and integrations at hand. Two queries."""
    connections = Connection.objects.in_bulk({row.connection_id for row in rows} - {None})
    integrations = Integration.objects.in_bulk({row.integration_id for row in rows} - {None})
    for row in rows:
        row.connection = connections.get(row.connection_id)
        row.integration = integrations.get(row.integration_id)
    return rows


def _given(query: Query, *names: str) -> dict[str, Any]:
    return {name: query[name] for name in names if name in query}


def _within(rows: QuerySet[Row], query: Query) -> QuerySet[Row]:
    """Return the rows made in the query's span, by their ids."""
    if query["start"] is not None:
        rows = rows.filter(pk__gte=lowest_id(max(query["start"], _FIRST)))
    if query["to"] is not None:
        rows = rows.filter(pk__lt=lowest_id(max(query["to"], _FIRST)))
    return rows
