"""The API's own description, for everybody: the document, and the page that shows it.

Plain views: they act for no tenant. Nothing comes from a foreign host.
"""

import functools
from pathlib import Path

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, re_path
from django.views.decorators.csrf import csrf_exempt

from api.errors import plain

DOCUMENT = Path(__file__).with_name("openapi.json")
_METHODS = ("GET", "HEAD")


@csrf_exempt
def schema(request: HttpRequest) -> HttpResponse:
    """Answer with the OpenAPI document."""
    if request.method not in _METHODS:
        return _other_method()
    return HttpResponse(_document(), content_type="application/json")


@csrf_exempt
def docs(request: HttpRequest) -> HttpResponse:
    """Answer with the page; its script fetches the document."""
    if request.method not in _METHODS:
        return _other_method()
    return render(request, "api/docs.html")


urlpatterns: list[URLPattern] = [
    re_path("^schema/?$", schema, name="schema"),
    re_path("^docs/?$", docs, name="docs"),
]


@functools.cache
def _document() -> bytes:
    return DOCUMENT.read_bytes()


def _other_method() -> HttpResponse:
    answer = plain(405, "Only GET is allowed here.")
    answer["Allow"] = ", ".join(_METHODS)
    return answer
