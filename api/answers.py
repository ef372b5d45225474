"""What a successful answer looks like: the envelope, as JSON whatever the caller accepts."""

import datetime as dt
import json
from typing import Any

from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder


class _Encoder(JSONEncoder):
    """Every time alike, whichever way it came: UTC, with milliseconds and a Z."""

    def default(self, obj: Any) -> Any:
        if isinstance(obj, dt.datetime):
            return iso(obj)
        return super().default(obj)


class Renderer(JSONRenderer):
    encoder_class = _Encoder


class JsonAlways(DefaultContentNegotiation):
    """There is one form of answer, so an Accept header is nothing to fail on."""

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        return renderers[0], renderers[0].media_type


def iso(moment: dt.datetime) -> str:
    """Return `2026-01-25T10:15:00.000Z`."""
    return moment.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def succeed(
    data: Any, *, status: int = 200, headers: dict[str, str] | None = None, **more: Any
) -> Response:
    """Return `data` in the envelope; `more` stands beside it."""
    return Response({"success": True, "data": data, **more}, status=status, headers=headers)


def created(data: Any) -> Response:
    return succeed(data, status=201)


def deleted() -> Response:
    return Response(status=204)


def as_json(content: Any) -> bytes:
    """Return `content` as it is rendered, for answers that are given outside a view."""
    return json.dumps(content, cls=_Encoder).encode()
