"""Which health checks a list shows."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from api.pagination import ListQuery, Query
from connections.status import HealthStatus
from healthchecks.history import made_between
from healthchecks.models import HealthCheck
from healthchecks.status import CheckType


class HealthCheckQuery(ListQuery):
    """`from` is included, `to` is not."""

    status = serializers.ChoiceField(HealthStatus.choices, required=False)
    check_type = serializers.ChoiceField(CheckType.choices, required=False)
    to = serializers.DateTimeField(default=None)

    def get_fields(self) -> dict[str, Any]:
        start = serializers.DateTimeField(source="start", default=None)
        return {**super().get_fields(), "from": start}  # a word that Python keeps for itself

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["start"] and attrs["to"] and attrs["start"] > attrs["to"]:
            raise serializers.ValidationError({"from": ["This is later than `to`."]})
        return attrs


def chosen(checks: QuerySet[HealthCheck], query: Query) -> QuerySet[HealthCheck]:
    """Return the checks that the query's filters leave."""
    filters = {name: query[name] for name in ("status", "check_type") if name in query}
    return made_between(checks.filter(**filters), query["start"], query["to"])
