"""Browser sessions: for which of their tenants a signed-in person acts."""

from uuid import UUID

from django.contrib.auth.models import User
from django.contrib.sessions.backends.base import SessionBase
from django.db.models import QuerySet

from tenants.models import Membership, TenantStatus

_CHOICE = "tenant"  # the session's word for the id of the chosen tenant


def memberships_of(user: User) -> QuerySet[Membership]:
    """Return a person's memberships in active tenants."""
    rows = Membership.objects.filter(user=user, tenant__status=TenantStatus.ACTIVE)
    return rows.select_related("tenant")


def current(session: SessionBase, user: User) -> Membership | None:
    """Return the membership by which the session acts; None where it acts for no tenant. One query.

    That is the chosen one, at first the oldest, and the session keeps it: whoever is added to
    another tenant stays where they are, and whoever is removed acts for none until they choose.
    """
    rows = memberships_of(user)
    if _CHOICE in session:
        return rows.filter(tenant=session[_CHOICE]).first()
    oldest = rows.order_by("pk").first()
    if oldest is not None:
        session[_CHOICE] = str(oldest.tenant_id)
    return oldest


def choose(session: SessionBase, user: User, tenant_id: UUID) -> Membership | None:
    """Let the session act for this tenant; return None where the person may not."""
    member = memberships_of(user).filter(tenant=tenant_id).first()
    if member is not None:
        session[_CHOICE] = str(tenant_id)
    return member


def note_sign_in(member: Membership, user: User) -> None:
    """Remember when a person who acts for this tenant signed in. Writes once a sign-in.

    What was before they were a member is none of the tenant's business.
    """
    signed_in = user.last_login
    if signed_in and member.created_at <= signed_in != member.last_sign_in_at:
        Membership.objects.filter(pk=member.pk).update(last_sign_in_at=user.last_login)
