"""Which role each endpoint needs: one table, and no access without a line in it."""

from typing import TYPE_CHECKING

from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from tenants.authentication import Access
from tenants.models import Role

if TYPE_CHECKING:
    from rest_framework.views import APIView  # imports the settings, which name this module

_V, _O, _A = Role.VIEWER, Role.OPERATOR, Role.ADMIN

NEEDED_ROLE = {
    "GET providers": _V,
    "GET providers/{slug}": _V,
    "GET integrations": _V,
    "POST integrations": _A,
    "GET integrations/{integration_id}": _V,
    "PATCH integrations/{integration_id}": _A,
    "DELETE integrations/{integration_id}": _A,
    "GET integrations/{integration_id}/actions": _V,
    "POST integrations/{integration_id}/actions": _A,
    "PATCH integrations/{integration_id}/actions/{action_id}": _A,
    "DELETE integrations/{integration_id}/actions/{action_id}": _A,
    "GET connections": _V,
    "POST connections": _A,
    "GET connections/{connection_id}": _V,
    "PATCH connections/{connection_id}": _A,
    "DELETE connections/{connection_id}": _A,
    "PUT connections/{connection_id}/credential": _A,
    "DELETE connections/{connection_id}/credential": _A,
    "POST connections/{connection_id}/pause": _O,
    "POST connections/{connection_id}/resume": _O,
    "GET connections/{connection_id}/health-checks": _V,
    "POST connections/{connection_id}/health-checks": _O,
    "GET connections/{connection_id}/health-checks/latest": _V,
    "GET health-checks": _V,
    "GET health-checks/summary": _V,
    "GET health-checks/{check_id}": _V,
    "GET health/integrations": _V,
}


class HasRole(BasePermission):
    """Lets a request pass whose role includes the one that the endpoint needs."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        access = request.auth
        if not isinstance(access, Access):
            return False
        method = (request.method or "").lower()
        if method not in view.http_method_names or not hasattr(view, method):
            return True  # answered with 405
        needed = NEEDED_ROLE.get(endpoint(request))
        if needed is None:
            return False
        if not access.role.includes(needed):
            raise PermissionDenied(f"This needs the role {needed}; yours is {access.role}.")
        return True


def endpoint(request: Request) -> str:
    """Return the endpoint as `NEEDED_ROLE` names it; HEAD is a GET."""
    match = request.resolver_match
    method = "GET" if request.method == "HEAD" else request.method
    return f"{method} {match.url_name if match else ''}"
