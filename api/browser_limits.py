"""What a browser lets our pages do, so that markup that slipped into one can do no harm."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

# Scripts and styles come from our own files alone, never from within a page. A form leads nowhere
# else either, not even by a redirect: a page leads to a provider by a link or by its Refresh.
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none';"
        " form-action 'self'; frame-ancestors 'none'"
    ),
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


class BrowserLimits:
    """Middleware: the same for every answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self._get_response(request)
        for name, value in _HEADERS.items():
            response.headers[name] = value
        return response
