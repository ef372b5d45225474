"""What a failed answer looks like: one envelope, one code for each status."""

import logging
import math
from typing import Any

import redis
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.db import IntegrityError, InterfaceError, OperationalError
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    UnreadablePostError,
)
from django.template.loader import render_to_string
from django.views import defaults
from rest_framework import exceptions
from rest_framework.response import Response

from api.answers import as_json

log = logging.getLogger(__name__)

CODES = {
    400: "validation_error",
    401: "unauthenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    409: "conflict",
    410: "not_found",  # api.md has no code of its own for what was here once
    413: "payload_too_large",
    415: "unsupported_media_type",
    429: "rate_limited",
    500: "internal",
    503: "unavailable",
}
_MESSAGES = {
    400: "The request is not valid. See the details.",
    404: "There is nothing here that you may see.",
    500: "Vitals failed. Report the request id to whoever runs it.",
    503: "A server that Vitals needs is away. Try again soon.",
}
_SERVERS_AWAY = (OperationalError, InterfaceError, redis.RedisError)


class Conflict(exceptions.APIException):
    """`details` names what stands in the way, where that is a part of the request."""

    status_code = 409
    default_detail = "The state of things does not allow this."

    def __init__(self, detail: str | None = None, details: Any = None) -> None:
        super().__init__(detail)
        self.details = details


class Gone(exceptions.APIException):
    status_code = 410
    default_detail = "This was lost."


class TooMany(exceptions.APIException):
    """`wait`, in seconds, is told by Retry-After alone."""

    status_code = 429

    def __init__(self, wait: float, detail: str) -> None:
        super().__init__(detail)
        self.wait = wait


class PayloadTooLarge(exceptions.APIException):
    status_code = 413
    default_detail = "The body is too large."


class Unavailable(exceptions.APIException):
    status_code = 503
    default_detail = _MESSAGES[503]


def failure(status: int, message: str, details: Any = None) -> dict[str, Any]:
    """Return the envelope of an error; no details, no key."""
    error = {"code": CODES[status], "message": message}
    return {"success": False, "error": error | ({"details": details} if details else {})}


def handle(error: Exception, context: dict[str, Any]) -> Response:
    """Answer for any exception of a view: Django REST framework's EXCEPTION_HANDLER."""
    known = _known(error)
    if known is None:
        log.error("Request %s failed", context["request"].request_id, exc_info=error)
        return Response(failure(500, _MESSAGES[500]), status=500)
    status = known.status_code
    is_detailed = isinstance(known, exceptions.ValidationError)
    message = _MESSAGES[400] if is_detailed else str(known.detail)
    details = known.detail if is_detailed else getattr(known, "details", None)
    return Response(failure(status, message, details), status=status, headers=_headers(known))


def _known(error: Exception) -> exceptions.APIException | None:
    if isinstance(error, exceptions.APIException):
        return error
    if isinstance(error, (Http404, ObjectDoesNotExist)):  # the latter: deleted meanwhile
        return exceptions.NotFound(_MESSAGES[404])
    if isinstance(error, UnreadablePostError):  # whoever sends it has gone, or gone silent
        return exceptions.ParseError("The body did not come.")
    if isinstance(error, PermissionDenied):
        return exceptions.PermissionDenied()
    if isinstance(error, IntegrityError):
        return Conflict("Somebody changed this at the same time. Look again, then try again.")
    if isinstance(error, _SERVERS_AWAY):
        log.warning("A server is away: %s", type(error).__name__)
        return Unavailable()
    return None


def _headers(error: exceptions.APIException) -> dict[str, str]:
    headers = {}
    if header := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = header
    if (wait := getattr(error, "wait", None)) is not None:
        headers["Retry-After"] = str(max(1, math.ceil(wait)))
    return headers


def _is_of_api(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """Django's handler400: what fails before a view is found, such as an unknown host name."""
    if not _is_of_api(request):
        return defaults.bad_request(request, exception)
    message = "The request is not valid: look at its host name and its headers."
    return plain(400, message)


def server_error(request: HttpRequest) -> HttpResponseBase:
    """Django's handler500: what fails outside a view."""
    if _is_of_api(request):
        return plain(500, _MESSAGES[500])
    page = render_to_string("500.html", {"request_id": getattr(request, "request_id", "")})
    return HttpResponse(page, status=500)


def plain(status: int, message: str) -> HttpResponse:
    """Return an error in the envelope, for what is answered outside a view of the API."""
    return HttpResponse(
        as_json(failure(status, message)), status=status, content_type="application/json"
    )
