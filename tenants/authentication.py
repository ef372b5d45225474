"""Who calls: an API key or a signed-in person. Both act for exactly one tenant with one role."""

from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser, User
from rest_framework import authentication
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from tenants import sessions
from tenants.models import ApiKey, Membership, Role, Tenant
from tenants.row_security import for_all_tenants


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
        with for_all_tenants():
            found = ApiKey.objects.presented(key.strip())
            if found is None:
                raise AuthenticationFailed("This API key is unknown, expired or revoked.")
            found.touch()
        access = Access(tenant=found.tenant, role=Role(found.role), actor=found.name)
        return AnonymousUser(), access

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'


class SessionAuthentication(authentication.SessionAuthentication):
    """A person who has signed in, with CSRF protection.

    Without a membership in the tenant that the session keeps they act for none: `request.auth` is
    None.

    A page says in the header `X-Member-Id` as which member it was opened. It gets no answer once
    the browser acts as another: it would mix two tenants, or two people.
    """

    def authenticate(self, request: Request) -> tuple[User, Access | None] | None:
        found = super().authenticate(request)
        if found is None:
            return None
        user: User = found[0]
        with for_all_tenants():
            member = sessions.current(request.session, user)
            meant = request.headers.get("X-Member-Id")
            if meant and (member is None or meant != str(member.pk)):
                raise AuthenticationFailed("This browser acts for somebody else now.")
            if member is None:
                return user, None
            sessions.note_sign_in(member, user)
        return user, _access_of(member, user)


def _access_of(member: Membership, user: User) -> Access:
    # The tenant's own name for the person: another's is not shown here.
    actor = member.name or user.email or user.username
    return Access(tenant=member.tenant, role=Role(member.role), actor=actor)
