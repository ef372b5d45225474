"""Browser sessions: for which of their tenants a signed-in person acts."""

from uuid import UUID

from django.contrib.auth.models import User
from django.contrib.sessions.backends.base import SessionBase
from django.db.models import Case, QuerySet, Value, When

from tenants.models import Membership, TenantStatus

_CHOICE = "tenant"  # the session's word for the id of the chosen tenant


def memberships_of(user: User) -> QuerySet[Membership]:
    """Return a person's memberships in active tenants."""
    rows = Membership.objects.filter(user=user, tenant__status=TenantStatus.ACTIVE)
    return rows.select_related("tenant")


def current(session: SessionBase, user: User) -> Membership | None:
    """Return the chosen membership, else the first by the tenant's name. One query.

    The choice counts as long as it is one: a membership that is gone leaves the first again.
    """
    chosen = Case(When(tenant=session.get(_CHOICE), then=Value(0)), default=Value(1))
    return memberships_of(user).order_by(chosen, "tenant__name", "pk").first()


def choose(session: SessionBase, user: User, tenant_id: UUID) -> Membership | None:
    """Let the session act for this tenant; return None where the person may not."""
    member = memberships_of(user).filter(tenant=tenant_id).first()
    if member is not None:
        session[_CHOICE] = str(tenant_id)
    return member


def note_sign_in(member: Membership, user: User) -> None:
    """Remember when a person who acts for this tenant signed in. Writes once a sign-in."""
    if member.last_sign_in_at != user.last_login:
        Membership.objects.filter(pk=member.pk).update(last_sign_in_at=user.last_login)
