"""Every route of the API that acts for a tenant, with a path that can be called."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.urls import URLPattern, get_resolver
from django.urls.resolvers import URLResolver

from api.views import ApiView, Unknown
from healthchecks.views import Dispatch
from tenants.session_endpoints import SessionView

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True, kw_only=True)
class Route:
    name: str
    methods: tuple[str, ...]

    def path(self, ids: Mapping[str, object]) -> str:
        return "/api/v1/" + self.name.format_map(ids)


def tenant_routes() -> list[Route]:
    return [
        Route(
            name=str(pattern.name),
            methods=tuple(method for method in METHODS if hasattr(view, method.lower())),
        )
        for pattern in _patterns(get_resolver())
        if (view := getattr(pattern.callback, "cls", None))
        and issubclass(view, ApiView)
        and view not in {Unknown, Dispatch}
        and not issubclass(view, SessionView)  # for a person, of whichever tenants
    ]


def _patterns(resolver: URLResolver) -> Iterator[URLPattern]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            yield from _patterns(pattern)
        else:
            yield pattern
