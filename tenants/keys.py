"""API keys: made, changed, rotated and revoked."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db.models import F
from django.db.models.functions import Least, Now
from django.shortcuts import get_object_or_404
from django.utils import timezone

from api.errors import Conflict
from tenants.models import ApiKey, Role, Tenant
from tenants.ways_in import keep_a_way_in

LONGEST_LIFE = dt.timedelta(days=3653)  # ten years, for keys that end at all


class HasExpired(Conflict):
    default_detail = "This key has expired. Make a new one."


class AlreadyRotated(Conflict):
    default_detail = "This key was rotated before. Rotate the one that took its place."


def create(
    tenant: Tenant, *, name: str, role: Role = Role.VIEWER, expires_at: dt.datetime | None = None
) -> tuple[ApiKey, str]:
    """Make a key; return it with its secret, which cannot be read again."""
    key = ApiKey(tenant=tenant, name=name, role=role, expires_at=expires_at)
    secret = key.mint()
    key.save()
    return key, secret


def update(key: ApiKey, changes: Mapping[str, Any]) -> ApiKey:
    """Change a key. Raises Http404, HasExpired and LastWayIn."""
    with keep_a_way_in(key.tenant_id):
        current = _living(key)
        for field, value in changes.items():
            setattr(current, field, value)
        current.save(update_fields=[*changes])
    return current


def rotate(key: ApiKey, *, overlap: dt.timedelta) -> tuple[ApiKey, str]:
    """Make a key like this one, which itself ends after `overlap`, or before if it was to.

    The new key lives as long as the old one was meant to, counted from now. Raises Http404,
    HasExpired and AlreadyRotated: of a key that is ending anyway nobody knows its usual life.
    """
    with keep_a_way_in(key.tenant_id):
        old = _living(key)
        if old.rotated_at:
            raise AlreadyRotated
        ends = old.expires_at and timezone.now() + min(
            old.expires_at - old.created_at, LONGEST_LIFE
        )
        ApiKey.objects.filter(pk=old.pk).update(
            rotated_at=Now(), expires_at=Least(F("expires_at"), Now() + overlap)
        )
        return create(key.tenant, name=old.name, role=Role(old.role), expires_at=ends)


def revoke(key: ApiKey) -> None:
    """Let a key open nothing any more; its row stays for the record. Raises LastWayIn."""
    with keep_a_way_in(key.tenant_id):
        ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=Now())


def _living(key: ApiKey) -> ApiKey:
    """Return the key as it is now."""
    current = get_object_or_404(ApiKey.objects.filter(revoked_at=None), pk=key.pk)
    if current.has_expired:
        raise HasExpired
    return current
