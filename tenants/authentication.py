"""Who calls: an API key acts for exactly one tenant with one role."""

from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from tenants.models import ApiKey, Role, Tenant


@dataclass(frozen=True, kw_only=True)
class Access:
    """For which tenant a request acts, and what it may do there. Found in `request.auth`.

    `actor` is the name of who acts: a person's, or that of the API key.
    """

    tenant: Tenant
    role: Role
    actor: str


class KeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer <api key>`."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, Access] | None:
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        found = ApiKey.objects.presented(key.strip())
        if found is None:
            raise AuthenticationFailed("This API key is unknown, expired or revoked.")
        found.touch()
        access = Access(tenant=found.tenant, role=Role(found.role), actor=found.name)
        return AnonymousUser(), access

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'
