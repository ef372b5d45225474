"""Lists: a page at a time, by keys that stay where they are while rows are added."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Model, Q, QuerySet
from django.db.models.expressions import Combinable
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.answers import succeed
from api.cursors import bad_cursor, read_cursor, write_cursor
from api.serializers import ApiSerializer

Row = TypeVar("Row", bound=Model)
Query = Mapping[str, Any]


class ListQuery(ApiSerializer):
    """The query of a list; filters are added by deriving."""

    limit = serializers.IntegerField(min_value=1, max_value=100, default=50)
    cursor = serializers.CharField(default=None, max_length=4000)


def read_query(request: Request, serializer: type[ApiSerializer]) -> Query:
    """Return the validated query. Raises ValidationError, also for what is given twice."""
    parameters = request.query_params
    if repeated := [name for name, values in parameters.lists() if len(values) > 1]:
        raise serializers.ValidationError({name: ["Give this once."] for name in repeated})
    query = serializer(data=parameters.dict())
    query.is_valid(raise_exception=True)
    validated: Query = query.validated_data
    return validated


@dataclass(frozen=True, kw_only=True)
class Order:
    """What a list is sorted by before the id.

    `read` checks the key of a cursor and returns it; it raises ValidationError.
    """

    key: Combinable
    read: Callable[[Any], Any]


@dataclass(frozen=True, kw_only=True)
class Page:
    """Some rows of a list; `cursor` leads to those after them, None: there are none."""

    rows: Sequence[Any]
    cursor: str | None

    def filled(self, fill: Callable[[Sequence[Any]], Sequence[Any]]) -> "Page":
        """Return this page with what `fill` makes of its rows."""
        return replace(self, rows=fill(self.rows))

    def answer(self, serializer: type[serializers.BaseSerializer[Any]]) -> Response:
        return answer_list(serializer(self.rows, many=True).data, cursor=self.cursor)


def answer_list(data: Any, *, cursor: str | None) -> Response:
    return succeed(data, pagination={"hasMore": cursor is not None, "cursor": cursor})


def cut(found: Sequence[Any], limit: int, place: Callable[[Any], Mapping[str, Any]]) -> Page:
    """Return a page of `found`, which has one row more than `limit` where more follow.

    `place` says where a row stands, for the cursor.
    """
    rows = found[:limit]
    return Page(rows=rows, cursor=write_cursor(place(rows[-1])) if len(found) > limit else None)


def page_by_id(rows: QuerySet[Row], query: Query) -> Page:
    """Return a page of `rows`, newest first. One query."""
    if query["cursor"] is not None:
        rows = rows.filter(pk__lt=_uuid(read_cursor(query["cursor"], {"id"})["id"]))
    found = list(rows.order_by("-pk")[: query["limit"] + 1])
    return cut(found, query["limit"], lambda row: {"id": row.pk})


def page_by(rows: QuerySet[Row], query: Query, orders: Mapping[str, Order]) -> Page:
    """Return a page in the order that the query names, equal ones by id. One query.

    A minus before the name turns the order around.
    """
    named: str = query["order"]
    order = orders[named.removeprefix("-")]
    sign, beyond = ("-", "lt") if named.startswith("-") else ("", "gt")
    sorted_rows: QuerySet[Any] = rows.annotate(sort_key=order.key)
    if query["cursor"] is not None:
        key, pk = _place(query["cursor"], named, order)
        after = Q(**{f"sort_key__{beyond}": key})
        same = Q(**{"sort_key": key, f"pk__{beyond}": pk})
        sorted_rows = sorted_rows.filter(after | same)
    found = list(sorted_rows.order_by(f"{sign}sort_key", f"{sign}pk")[: query["limit"] + 1])
    return cut(
        found,
        query["limit"],
        lambda row: {"order": named, "key": row.sort_key, "id": row.pk},
    )


def _place(cursor: str, named: str, order: Order) -> tuple[Any, UUID]:
    place = read_cursor(cursor, {"order", "key", "id"})
    if place["order"] != named:
        raise bad_cursor()
    try:
        return order.read(place["key"]), _uuid(place["id"])
    except serializers.ValidationError:
        raise bad_cursor() from None


def _uuid(text: Any) -> UUID:
    try:
        return UUID(text)
    except (AttributeError, TypeError, ValueError):
        raise bad_cursor() from None
