"""A tenant keeps somebody, or something, that can administer it."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from api.errors import Conflict
from tenants.models import ApiKey, Membership, Role, Tenant

_LEAST = dt.timedelta(days=1)  # time enough to notice, and to make another key
_NEVER = dt.datetime.min.replace(tzinfo=dt.UTC)
_FOR_EVER = dt.datetime.max.replace(tzinfo=dt.UTC)


class LastWayIn(Conflict):
    default_detail = (
        "Then nobody could administer this tenant any more. Keep an admin who has signed in here,"
        " or an API key of role admin that lasts for another day at least."
    )


@contextmanager
def keep_a_way_in(tenant_id: UUID) -> Iterator[None]:
    """Run the block in a transaction; undo it and raise LastWayIn if it closes the last way in,
    now or within a day.

    Such blocks run one after the other: two admins who remove each other do not both succeed.
    """
    with transaction.atomic():
        Tenant.objects.select_for_update(no_key=True).get(pk=tenant_id)
        needed = min(_open_until(tenant_id), timezone.now() + _LEAST)
        yield
        if _open_until(tenant_id) < needed:
            raise LastWayIn


def _open_until(tenant_id: UUID) -> dt.datetime:
    """Return up to when somebody can administer the tenant. Two queries."""
    # Whoever has not signed in here may never do so. Whether they could is not ours to tell: it
    # would say whether they are known to another tenant.
    people = Membership.objects.filter(
        tenant=tenant_id, role=Role.ADMIN, user__is_active=True, last_sign_in_at__isnull=False
    )
    if people.exists():
        return _FOR_EVER
    keys = ApiKey.objects.usable().filter(tenant=tenant_id, role=Role.ADMIN)
    ends = [ends or _FOR_EVER for ends in keys.values_list("expires_at", flat=True)]
    return max(ends, default=_NEVER)
