"""Answers made smaller on their way."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

_WITHOUT_A_BODY_OF_ITS_OWN = {204, 206, 304}


class Compression(GZipMiddleware):
    """Django's own, but for what it breaks: it gives a 304 a body, and changes a part of a file."""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if response.status_code in _WITHOUT_A_BODY_OF_ITS_OWN:
            return response
        return super().process_response(request, response)
