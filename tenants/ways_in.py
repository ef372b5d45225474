"""A tenant keeps somebody, or something, that can administer it."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db import transaction

from api.errors import Conflict
from tenants.models import ApiKey, Membership, Role, Tenant


class LastWayIn(Conflict):
    default_detail = (
        "Then nobody could administer this tenant any more. Keep an admin who has signed in here,"
        " or an API key of role admin that is neither revoked nor expired."
    )


@contextmanager
def keep_a_way_in(tenant_id: UUID) -> Iterator[None]:
    """Run the block in a transaction; undo it and raise LastWayIn if it closes the last way in.

    Such blocks run one after the other: two admins who remove each other do not both succeed.
    """
    with transaction.atomic():
        Tenant.objects.select_for_update(no_key=True).get(pk=tenant_id)
        yield
        if not _has_way_in(tenant_id):
            raise LastWayIn


def _has_way_in(tenant_id: UUID) -> bool:
    keys = ApiKey.objects.usable().filter(tenant=tenant_id, role=Role.ADMIN)
    # Whoever has not signed in here may never do so. Whether they could is not ours to tell: it
    # would say whether they are known to another tenant.
    people = Membership.objects.filter(
        tenant=tenant_id, role=Role.ADMIN, user__is_active=True, last_sign_in_at__isnull=False
    )
    return keys.exists() or people.exists()
