"""Reads that are repeated: an answer that has not changed is not sent again (RFC 9110, 13)."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotModified
from django.utils.cache import set_response_etag
from django.utils.http import parse_etags

_REPEATED = ("Cache-Control", "ETag", "Vary")  # what a 304 says of the answer that it stands for


class ConditionalReads:
    """Middleware for the API: an ETag on every answer to a read, 304 where the caller has it.

    Made from the whole answer, so it saves the way, not the work. Streams have none.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self._get_response(request)
        if not request.path.startswith("/api/"):
            return response
        response.headers.setdefault("Cache-Control", "private, no-cache")
        is_read = request.method in {"GET", "HEAD"} and response.status_code == 200
        if not (is_read and isinstance(response, HttpResponse)):
            return response
        set_response_etag(response)
        tags = parse_etags(request.headers.get("If-None-Match", ""))
        held = {tag.removeprefix("W/") for tag in tags}
        return _not_modified(response) if held & {"*", response["ETag"]} else response


def _not_modified(response: HttpResponse) -> HttpResponse:
    shorter = HttpResponseNotModified()
    for header in _REPEATED:
        if header in response.headers:
            shorter[header] = response[header]
    shorter.cookies = response.cookies
    return shorter
