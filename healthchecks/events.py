"""What happened to connections: alerts and state changes, as lists choose them."""

import datetime as dt
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from django.db.models.functions import Now
from rest_framework import serializers

from api.csv_tables import FormatQuery
from api.ids import lowest_id
from api.pagination import ListQuery, Query
from connections.status import HealthStatus
from healthchecks.listing import TimeSpan
from healthchecks.models import Alert, HealthStateChange
from healthchecks.status import FailureCause

Event = TypeVar("Event", bound=Model)

# An id is minted when its event is written; after an outage of PostgreSQL that is a while later.
_WRITTEN_WITHIN = dt.timedelta(days=1)
_FIRST = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)  # no id is older
_LAST = dt.datetime(9999, 1, 1, tzinfo=dt.UTC)


class EventFilters(TimeSpan):
    connection_id = serializers.UUIDField(required=False)
    integration_id = serializers.UUIDField(source="connection__integration_id", required=False)


class AlertQuery(EventFilters, ListQuery):
    state = serializers.ChoiceField(choices=["open", "resolved"], required=False)
    acknowledged = serializers.BooleanField(required=False)
    cause = serializers.ChoiceField(FailureCause.choices, required=False)
    incident_id = serializers.UUIDField(required=False)


class StateChangeFilters(EventFilters, FormatQuery):
    """`from` and `to` are times here, as in other lists."""

    from_status = serializers.ChoiceField(HealthStatus.choices, required=False)
    to_status = serializers.ChoiceField(HealthStatus.choices, required=False)


class StateChangeQuery(StateChangeFilters, ListQuery):
    """The filters and the page."""


def chosen_alerts(alerts: QuerySet[Alert], query: Query) -> QuerySet[Alert]:
    """Return the alerts that the query's filters leave."""
    alerts = happened_between(alerts, "opened_at", query)
    if "state" in query:
        alerts = alerts.filter(resolved_at__isnull=query["state"] == "open")
    if "acknowledged" in query:
        alerts = alerts.filter(acknowledged_at__isnull=not query["acknowledged"])
    names = ("connection_id", "connection__integration_id", "cause", "incident_id")
    return alerts.filter(**_given(query, *names))


def chosen_changes(
    changes: QuerySet[HealthStateChange], query: Query
) -> QuerySet[HealthStateChange]:
    """Return the state changes that the query's filters leave."""
    names = ("connection_id", "connection__integration_id", "from_status", "to_status")
    return happened_between(changes, "at", query).filter(**_given(query, *names))


def acknowledge(alert: Alert, actor: str) -> None:
    """Note who has seen an alert, open or resolved. Whoever was first stays."""
    unseen = Alert.objects.filter(pk=alert.pk, acknowledged_at=None)
    longest = Alert._meta.get_field("acknowledged_by").max_length
    unseen.update(acknowledged_at=Now(), acknowledged_by=actor[:longest])


def _given(query: Query, *names: str) -> dict[str, Any]:
    return {name: query[name] for name in names if name in query}


def happened_between(rows: QuerySet[Event], column: str, query: Query) -> QuerySet[Event]:
    """Return what happened in the query's span: said of the ids too, which have the index."""
    start, end = query["start"], query["to"]
    if start is not None:
        rows = rows.filter(**{f"{column}__gte": start}, pk__gte=lowest_id(max(start, _FIRST)))
    if end is not None:
        written = min(max(end, _FIRST), _LAST) + _WRITTEN_WITHIN
        rows = rows.filter(**{f"{column}__lt": end}, pk__lt=lowest_id(written))
    return rows
