"""Tables as CSV (RFC 4180), streamed to whoever asks: by `Accept: text/csv`, or in the address."""

import csv
import datetime as dt
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import StreamingHttpResponse
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request

from api.answers import iso
from api.serializers import ApiSerializer
from api.views import ApiView

MEDIA_TYPE = "text/csv"
_CONTENT_TYPE = f"{MEDIA_TYPE}; charset=utf-8"
# A spreadsheet would take a text that begins like this for a formula. Names are entered by people.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


@dataclass(frozen=True, kw_only=True)
class Table:
    """What a file is called, and what stands in each column of a row."""

    name: str
    columns: Mapping[str, Callable[[Any], Any]]


class AnswersCsvToo(ApiView):
    """An endpoint whose answer depends on what the caller accepts."""

    @property
    def default_response_headers(self) -> dict[str, str]:
        return {**super().default_response_headers, "Vary": "Accept"}


class FormatQuery(ApiSerializer):
    """What a link can say, which has no headers: it wins over `Accept`."""

    format = serializers.ChoiceField(["json", "csv"], required=False)


def wants_csv(request: Request) -> bool:
    """Whether the caller likes CSV better than JSON, which is what everything else gets."""
    if named := request.query_params.get("format"):
        return named == "csv"
    preferred = request.get_preferred_type(["application/json", MEDIA_TYPE, _CONTENT_TYPE])
    return preferred in {MEDIA_TYPE, _CONTENT_TYPE}


def stream(request: Request, table: Table, pages: Iterable[Iterable[Any]]) -> StreamingHttpResponse:
    """Answer with all rows of `pages`, of which one is in memory at a time."""
    lines = iter(()) if request.method == "HEAD" else _lines(table, pages)
    answer = StreamingHttpResponse(lines, content_type=_CONTENT_TYPE)
    name = f"{table.name}-{timezone.now():%Y-%m-%d}.csv"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _lines(table: Table, pages: Iterable[Iterable[Any]]) -> Iterator[bytes]:
    yield _written([list(table.columns)])
    for page in pages:
        yield _written([_cell(read(row)) for read in table.columns.values()] for row in page)


def _written(rows: Iterable[list[Any]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def _cell(value: Any) -> Any:
    match value:
        case bool():
            return "true" if value else "false"
        case dt.datetime():
            return iso(value)
        case list():
            return " ".join(value)
        case str() if value.startswith(_FORMULA_STARTS):
            return f"'{value}"
        case _:
            return value  # None is an empty cell
