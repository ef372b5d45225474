"""Which connections a list shows, and in which order."""

import datetime as dt
from collections.abc import Sequence

from django.db.models import Case, DateTimeField, F, IntegerField, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce, Lower
from rest_framework import serializers

from api.pagination import ListQuery, Order, Page, Query, page_by
from connections.models import Connection
from connections.standing import Standing, standing_rank
from connections.status import ConnectionStatus, HealthStatus
from integrations.muting import is_muted

_NEVER = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)  # sorts connections not checked yet as the oldest
_SEVERITY = Case(
    *(When(health__health_status=status, then=n) for n, status in enumerate(HealthStatus)),
    output_field=IntegerField(),
)

ORDERS = {
    "createdAt": Order(key=F("pk"), read=serializers.UUIDField().run_validation),  # ids tell time
    "name": Order(key=Lower("name"), read=serializers.CharField().run_validation),
    # From best to worst; with a minus those that need attention come first.
    "healthStatus": Order(key=_SEVERITY, read=serializers.IntegerField().run_validation),
    # Those that need attention come first, and those that are not checked last.
    "standing": Order(key=standing_rank(), read=serializers.IntegerField().run_validation),
    "lastHealthCheckAt": Order(
        key=Coalesce("health__last_health_check_at", Value(_NEVER, output_field=DateTimeField())),
        read=serializers.DateTimeField().run_validation,
    ),
}
_CHOICES = [sign + name for name in ORDERS for sign in ("", "-")]


class ConnectionQuery(ListQuery):
    health_status = serializers.ChoiceField(HealthStatus.choices, required=False)
    standing = serializers.ChoiceField(Standing.choices, required=False)
    integration_id = serializers.UUIDField(required=False)
    status = serializers.ChoiceField(ConnectionStatus.choices, required=False)
    tag = serializers.CharField(max_length=60, required=False)
    muted = serializers.BooleanField(required=False)
    search = serializers.CharField(max_length=200, required=False)
    order = serializers.ChoiceField(_CHOICES, default="-createdAt")


def page_of(connections: QuerySet[Connection], query: Query) -> Page:
    """Return a page of these connections with their health. Two queries."""
    filters = {
        "health_status": "health__health_status",
        "integration_id": "integration_id",
        "status": "status",
    }
    chosen = {column: query[name] for name, column in filters.items() if name in query}
    connections = connections.filter(**chosen)
    if "standing" in query:
        rank = Standing(query["standing"]).rank
        connections = connections.alias(standing=standing_rank()).filter(standing=rank)
    if "tag" in query:
        connections = connections.filter(tags__contains=[query["tag"]])
    if "muted" in query:
        connections = connections.filter(is_muted() if query["muted"] else ~is_muted())
    if "search" in query:
        text = query["search"]
        connections = connections.filter(
            Q(name__icontains=text) | Q(integration__name__icontains=text)
        )
    return page_by(connections, query, ORDERS).filled(_with_health)


def _with_health(rows: Sequence[Connection]) -> Sequence[Connection]:
    """Look up what is shown of these: to join it, the planner, which cannot see through row
    security, would read all that a tenant has."""
    found = Connection.objects.with_health().in_bulk([row.pk for row in rows])
    return [found[row.pk] for row in rows if row.pk in found]
