"""An id for each request, so that a person can say which one failed."""

import re
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from api.ids import new_id

HEADER = "X-Request-Id"
_WELL_FORMED = re.compile(r"[A-Za-z0-9._-]{1,100}")


class RequestIds:
    """Middleware: keeps the id that a proxy in front of us gave, or makes one; answers with it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get(HEADER, "")
        request_id = given if _WELL_FORMED.fullmatch(given) else str(new_id())
        request.request_id = request_id  # type: ignore[attr-defined]
        response = self._get_response(request)
        response[HEADER] = request_id
        if request.method == "HEAD" and isinstance(response, HttpResponse):
            # Only its headers count; the server would complain of a body.
            response.headers.setdefault("Content-Length", str(len(response.content)))
            response.content = b""
        return response
