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

NO_TENANT = (
    "This session acts for no tenant: choose one of yours, or ask an admin of one to add you."
)

NEEDED_ROLE = {
    "GET providers": _V,
    "GET providers/{slug}": _V,
    "GET integrations": _V,
    "POST integrations": _A,
    "POST integrations/import": _A,
    "GET integrations/{integration_id}": _V,
    "PATCH integrations/{integration_id}": _A,
    "DELETE integrations/{integration_id}": _A,
    "POST integrations/{integration_id}/mute": _O,
    "POST integrations/{integration_id}/unmute": _O,
    "GET integrations/{integration_id}/actions": _V,
    "POST integrations/{integration_id}/actions": _A,
    "GET integrations/{integration_id}/actions/{action_id}": _V,
    "PATCH integrations/{integration_id}/actions/{action_id}": _A,
    "DELETE integrations/{integration_id}/actions/{action_id}": _A,
    "POST integrations/{integration_id}/actions/{action_id}/prove": _O,
    "GET connections": _V,
    "POST connections": _A,
    "POST connections/bulk": _O,  # creating needs the admin's, as it does one at a time
    "GET connections/{connection_id}": _V,
    "PATCH connections/{connection_id}": _A,
    "DELETE connections/{connection_id}": _A,
    "PUT connections/{connection_id}/credential": _A,
    "PATCH connections/{connection_id}/credential": _A,
    "DELETE connections/{connection_id}/credential": _A,
    "POST connections/{connection_id}/oauth/start": _A,
    "POST connections/{connection_id}/pause": _O,
    "POST connections/{connection_id}/resume": _O,
    "POST connections/{connection_id}/mute": _O,
    "POST connections/{connection_id}/unmute": _O,
    "GET connections/{connection_id}/health-checks": _V,
    "POST connections/{connection_id}/health-checks": _O,
    "GET connections/{connection_id}/health-checks/latest": _V,
    "GET connections/{connection_id}/uptime": _V,
    "GET connections/{connection_id}/latency": _V,
    "GET connections/{connection_id}/failures": _V,
    "GET connections/{connection_id}/timeline": _V,
    "GET health-checks": _V,
    "GET health-checks/summary": _V,
    "GET health-checks/by-integration": _V,
    "GET health-checks/recent": _V,
    "GET health-checks/trend": _V,
    "GET health-checks/{check_id}": _V,
    "GET state-changes": _V,
    "GET alerts": _V,
    "GET alerts/{alert_id}": _V,
    "POST alerts/{alert_id}/acknowledge": _O,
    "GET notices": _V,
    "GET notices/unread": _V,
    "POST notices/read": _V,
    "GET notification-channels": _V,
    "POST notification-channels": _A,
    "GET notification-channels/kinds": _V,
    "POST notification-channels/test": _A,
    "GET notification-channels/{channel_id}": _V,
    "PATCH notification-channels/{channel_id}": _A,
    "DELETE notification-channels/{channel_id}": _A,
    "POST notification-channels/{channel_id}/test": _A,
    "POST notification-channels/{channel_id}/rotate-secret": _A,
    "GET notification-deliveries": _V,
    "POST notification-deliveries/{delivery_id}/retry": _O,
    "GET incidents": _V,
    "GET incidents/{incident_id}": _V,
    "POST incidents/{incident_id}/acknowledge": _O,
    "GET incidents/{incident_id}/connections": _V,
    "GET incidents/{incident_id}/timeline": _V,
    "GET maintenance-windows": _V,
    "POST maintenance-windows": _O,
    "GET maintenance-windows/calendar": _V,
    "GET maintenance-windows/{window_id}": _V,
    "PATCH maintenance-windows/{window_id}": _O,
    "DELETE maintenance-windows/{window_id}": _O,
    "GET health/integrations": _V,
    "GET tenant": _V,
    "PATCH tenant": _A,
    "GET members": _A,
    "POST members": _A,
    "PATCH members/{member_id}": _A,
    "DELETE members/{member_id}": _A,
    "GET api-keys": _A,
    "POST api-keys": _A,
    "PATCH api-keys/{key_id}": _A,
    "DELETE api-keys/{key_id}": _A,
    "POST api-keys/{key_id}/rotate": _A,
}


class HasRole(BasePermission):
    """Lets a request pass whose role includes the one that the endpoint needs."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        access = request.auth
        if not isinstance(access, Access):
            if request.user.is_authenticated:
                raise PermissionDenied(NO_TENANT)
            return False
        method = (request.method or "").lower()
        if method not in view.http_method_names or not hasattr(view, method):
            return True  # answered with 405
        needed = NEEDED_ROLE.get(endpoint(request))
        if needed is None:
            return False
        demand(access, needed)
        return True


def demand(access: Access, needed: Role) -> None:
    """Raise PermissionDenied where a role is too small."""
    if not access.role.includes(needed):
        raise PermissionDenied(f"This needs the role {needed}; yours is {access.role}.")


class IsSignedIn(BasePermission):
    """Lets a person pass, whatever tenants they belong to, and no API key."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        if request.auth and not request.user.is_authenticated:
            raise PermissionDenied("This is for browser sessions. An API key has one tenant.")
        return request.user.is_authenticated


def role_table() -> str:
    """Return `NEEDED_ROLE` as the Markdown table in docs/roles.md."""
    lines = [f"| Method | Endpoint | {' | '.join(Role)} |", f"|{' --- |' * (2 + len(Role))}"]
    for name, needed in NEEDED_ROLE.items():
        method, _, path = name.partition(" ")
        cells = ("yes" if role.includes(needed) else "no" for role in Role)
        lines.append(f"| {method} | `/{path}` | {' | '.join(cells)} |")
    return "\n".join(lines)


def endpoint(request: Request) -> str:
    """Return the endpoint as `NEEDED_ROLE` names it; HEAD is a GET."""
    match = request.resolver_match
    method = "GET" if request.method == "HEAD" else request.method
    return f"{method} {match.url_name if match else ''}"
