"""Health checks and state changes as CSV: the fields of the JSON, nested ones spelled out.

Rows go from the database into lines as they are: through models and serializers it would take
several times as long.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from rest_framework import serializers
from rest_framework.request import Request

from api.csv_tables import Table, stream
from connections.models import Connection
from healthchecks.advice import SuggestedResolution, suggest
from healthchecks.event_serializers import StateChangeSerializer
from healthchecks.models import HealthCheck, HealthStateChange
from healthchecks.serializers import (
    CheckError,
    HealthCheckSerializer,
    show_error,
    show_test_action_error,
)
from tenants.row_security import for_tenant
from tenants.scoping import tenant_of

Row = dict[str, Any]
Read = Callable[[Row], Any]

PAGE = 1_000  # rows in memory at a time

# What is looked up of a row's connection, by the sources of the serializers' fields. Not joined:
# see `with_connections`.
_OF_CONNECTION = {
    "connection.name": "name",
    "connection.integration_id": "integration_id",
    "connection.integration.name": "integration__name",
    "connection.integration.provider": "integration__provider",
}
# The nested fields: of which parts, made of which column of a row, and how.
_NESTED: Mapping[str, tuple[type, Read]] = {
    "testActionError": (CheckError, lambda row: show_test_action_error(row["error_code"])),
    "error": (CheckError, lambda row: show_error(row["error_code"])),
    "suggestedResolution": (
        SuggestedResolution,
        lambda row: suggest(
            row["failure_cause"], row["reasons"] or (), row["connection.integration.provider"]
        ),
    ),
}


class _CheckColumns(HealthCheckSerializer):
    """Each field with the column that it is read from."""

    reasons = serializers.ListField()  # type: ignore[assignment]


def stream_checks(request: Request, checks: QuerySet[HealthCheck]) -> StreamingHttpResponse:
    """Answer with all of these checks, newest first."""
    serializer = _CheckColumns()
    return _stream(request, "health-checks", serializer, checks, also_read=("error_code",))


def stream_changes(request: Request, changes: QuerySet[HealthStateChange]) -> StreamingHttpResponse:
    """Answer with all of these state changes, newest first."""
    return _stream(request, "state-changes", StateChangeSerializer(), changes)


def fetch_page(tenant_id: UUID, rows: QuerySet[Any, Row]) -> Sequence[Row]:
    """Return the newest of these rows, in a transaction of its own: a slow reader holds nothing.

    Two queries. A row whose connection was just deleted has nothing of it.
    """
    with for_tenant(tenant_id):
        page = list(rows.order_by("-pk")[:PAGE])
        connections = Connection.objects.filter(pk__in={row["connection_id"] for row in page})
        found = {
            pk: values for pk, *values in connections.values_list("pk", *_OF_CONNECTION.values())
        }
    for row in page:
        row.update(zip(_OF_CONNECTION, found.get(row["connection_id"], ()), strict=False))
    return page


def _stream(
    request: Request,
    name: str,
    serializer: serializers.ModelSerializer[Any],
    rows: QuerySet[Any],
    also_read: Sequence[str] = (),
) -> StreamingHttpResponse:
    columns: dict[str, Read] = {}
    read = set(also_read)
    for field_name, field in serializer.fields.items():
        if field_name in _NESTED:
            columns |= _parts(field_name, *_NESTED[field_name])
        else:
            source = str(field.source)
            columns[field_name] = itemgetter(source)
            read.add(source)
    pages = _pages(tenant_of(request).pk, rows.values(*read - _OF_CONNECTION.keys()))
    return stream(request, Table(name=name, columns=columns), pages)


def _parts(name: str, kind: type, whole: Read) -> dict[str, Read]:
    """Return the columns `errorCode` and `errorMessage` for `error`."""

    def part(key: str) -> Read:
        return lambda row: (whole(row) or {}).get(key)

    return {f"{name}{key.capitalize()}": part(key) for key in kind.__annotations__}


def _pages(tenant_id: UUID, rows: QuerySet[Any, Row]) -> Iterator[Sequence[Row]]:
    page = fetch_page(tenant_id, rows)
    while page:
        yield [row for row in page if "connection.name" in row]
        older = rows.filter(pk__lt=page[-1]["id"])
        page = fetch_page(tenant_id, older) if len(page) == PAGE else ()
