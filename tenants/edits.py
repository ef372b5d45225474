"""Tenants changed, by API and admin alike."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.dispatch import Signal
from django.shortcuts import get_object_or_404

from tenants.models import Tenant

# With `tenant`, and `before`: the row as it was. Sent within the transaction, so that what lies
# above this app can follow.
edited = Signal()


@transaction.atomic
def update(tenant: Tenant, changes: Mapping[str, Any]) -> Tenant:
    """Change a tenant; return it as it is now. Raises Http404 if it is gone."""
    before, after = _locked(tenant), _locked(tenant)
    changed = [name for name, value in changes.items() if getattr(before, name) != value]
    for name in changed:
        setattr(after, name, changes[name])
    after.save(update_fields=[*changed, "updated_at"])
    if changed:
        edited.send(sender=None, tenant=after, before=before)
    return after


def _locked(tenant: Tenant) -> Tenant:
    return get_object_or_404(Tenant.objects.select_for_update(no_key=True), pk=tenant.pk)
