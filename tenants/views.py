"""The base of every endpoint that acts for a tenant."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from rest_framework.request import Request
from rest_framework.response import Response

from api.views import ApiView
from tenants.row_security import for_tenant
from tenants.scoping import tenant_of

Handler = TypeVar("Handler", bound=Callable[..., Response])


class TenantView(ApiView):
    """An endpoint that acts for the tenant of whoever calls.

    Each handler runs in one transaction, in which PostgreSQL shows no other tenant's rows: it is
    done whole or not at all.
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for method in cls.http_method_names:
            handler = cls.__dict__.get(method)
            if handler is not None and not hasattr(handler, "own_transactions"):
                setattr(cls, method, _in_tenant(handler))


def own_transactions(handler: Handler) -> Handler:
    """Mark a handler that enters its tenant itself, as often as it needs to."""
    handler.own_transactions = True  # type: ignore[attr-defined]
    return handler


def _in_tenant(handler: Callable[..., Response]) -> Callable[..., Response]:
    @wraps(handler)
    def handle(self: TenantView, request: Request, *args: Any, **kwargs: Any) -> Response:
        with for_tenant(tenant_of(request).pk):
            return handler(self, request, *args, **kwargs)

    return handle
