"""Which health checks a list shows."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from api.csv_tables import FormatQuery
from api.pagination import ListQuery, Query
from api.serializers import ApiSerializer
from connections.models import Connection
from connections.status import HealthStatus
from healthchecks.history import made_between
from healthchecks.models import HealthCheck
from healthchecks.status import CheckType, FailureCause, Outcome

_FILTERS = (
    "status",
    "check_type",
    "outcome",
    "failure_cause",
    "connection_id",
    "connection__integration_id",
)


def with_connections(rows: Sequence[Any]) -> Sequence[Any]:
    """Return these rows with their connections and integrations at hand. One query.

    Looked up, not joined: the planner cannot see through row security, and would join and sort
    all that a tenant has. A row whose connection was just deleted is left out.
    """
    connections = Connection.objects.select_related("integration")
    found = connections.in_bulk({row.connection_id for row in rows})
    shown = [row for row in rows if row.connection_id in found]
    for row in shown:
        row.connection = found[row.connection_id]
    return shown


class TimeSpan(ApiSerializer):
    """`from` is included, `to` is not."""

    to = serializers.DateTimeField(default=None)

    def get_fields(self) -> dict[str, Any]:
        start = serializers.DateTimeField(source="start", default=None)
        return {**super().get_fields(), "from": start}  # a word that Python keeps for itself

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["start"] and attrs["to"] and attrs["start"] > attrs["to"]:
            raise serializers.ValidationError({"from": ["This is later than `to`."]})
        return attrs


class HistoryFilters(TimeSpan, FormatQuery):
    """Of one connection."""

    status = serializers.ChoiceField(HealthStatus.choices, required=False)
    check_type = serializers.ChoiceField(CheckType.choices, required=False)
    outcome = serializers.ChoiceField(Outcome.choices, required=False)
    failure_cause = serializers.ChoiceField(FailureCause.choices, required=False)


class HistoryQuery(HistoryFilters, ListQuery):
    """The filters and the page."""


class HealthCheckFilters(HistoryFilters):
    """Of all connections."""

    connection_id = serializers.UUIDField(required=False)
    integration_id = serializers.UUIDField(source="connection__integration_id", required=False)


class HealthCheckQuery(HealthCheckFilters, ListQuery):
    """The filters and the page."""


def chosen(checks: QuerySet[HealthCheck], query: Query) -> QuerySet[HealthCheck]:
    """Return the checks that the query's filters leave."""
    filters = {name: query[name] for name in _FILTERS if name in query}
    return made_between(checks.filter(**filters), query["start"], query["to"])
