"""The people of a tenant: added by their e-mail address, given a role, removed."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.shortcuts import get_object_or_404

from api.errors import Conflict, TooMany
from tenants import attempts, invitations
from tenants.attempts import Limit
from tenants.models import Membership, Role, Tenant
from tenants.people import find_or_create_user
from tenants.ways_in import keep_a_way_in

_MOST_AN_HOUR = 50  # mails to whomever a tenant names


class AlreadyMember(Conflict):
    default_detail = "This person is a member already."


@transaction.atomic
def add(tenant: Tenant, *, email: str, role: Role, name: str = "") -> Membership:
    """Add a person and send them a mail. Raises AlreadyMember and TooMany.

    Nothing that the caller sees says whether they were known to Vitals before.
    """
    limit = Limit(who=("invitation", str(tenant.pk)), many=_MOST_AN_HOUR, seconds=3600)
    if wait := attempts.count([limit]):
        raise TooMany(wait, f"At most {_MOST_AN_HOUR} people are added within an hour.")
    Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)
    user = find_or_create_user(email)
    if Membership.objects.filter(tenant=tenant, user=user).exists():
        raise AlreadyMember
    member = Membership.objects.create(tenant=tenant, user=user, role=role, name=name)
    invitations.send(member)
    return member


def update(member: Membership, changes: Mapping[str, Any]) -> Membership:
    """Change the role or the tenant's name for a person. Raises Http404 and LastWayIn."""
    with keep_a_way_in(member.tenant_id):
        current = _fresh(member)
        for field, value in changes.items():
            setattr(current, field, value)
        current.save(update_fields=[*changes])
    return current


def remove(member: Membership) -> None:
    """Let a person see this tenant no more, from their next request on. Raises LastWayIn."""
    with keep_a_way_in(member.tenant_id):
        Membership.objects.filter(pk=member.pk).delete()


def _fresh(member: Membership) -> Membership:
    return get_object_or_404(Membership.objects.select_related("user"), pk=member.pk)
