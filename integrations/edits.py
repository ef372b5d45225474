"""Integrations and their actions: created, changed and deleted, by API and admin alike.

What lies above this app follows by the signals, which are sent within the transaction.
"""

from collections.abc import Mapping, Sequence
from copy import copy
from typing import Any

from django.db import transaction
from django.db.models import F, Max
from django.dispatch import Signal
from django.shortcuts import get_object_or_404
from django.utils.text import slugify

from integrations.catalogue import Provider
from integrations.models import Action, Integration
from tenants.models import Tenant

edited = Signal()  # with `integration`, and `before`: the row as it was
deleting = Signal()  # with `integration`
# With `integration` as it would be, and `before`: each answers how many secrets would be lost.
losing = Signal()
# With `action`: each answers whether somebody has chosen it for health checks.
choosing = Signal()

# A result that was probed before one of these changed says nothing about what is there now.
_PROBED = {
    "base_url",
    "auth",
    "headers",
    "test_action",
    "requests_per_second",
    "timeout_ms",
    "degraded_latency_ms",
}


@transaction.atomic
def create(tenant: Tenant, fields: Mapping[str, Any], provider: Provider | None) -> Integration:
    """Create an integration; what `fields` leave out comes from the provider, if there is one.

    Without a slug it gets a free one.
    """
    # Locked, so that two of the same name do not choose the same slug.
    Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)
    way = provider.chosen(fields) if provider else None
    values = {**(provider.defaults(way) if provider and way else {}), **fields}
    if "slug" not in values:
        values["slug"] = _free_slug(tenant, provider.slug if provider else values["name"])
    integration = Integration.objects.create(tenant=tenant, **values)
    if way:
        integration.test_action = create_action(integration, way.test_action)
        integration.save(update_fields=["test_action"])
    return integration


@transaction.atomic
def create_with_actions(
    tenant: Tenant,
    fields: Mapping[str, Any],
    actions: Sequence[Action],
    test_action: Action | None,
) -> Integration:
    """Create a custom integration with thousands of actions at once; `test_action` is of them."""
    integration = create(tenant, fields, None)
    for position, action in enumerate(actions):
        action.tenant, action.integration, action.position = tenant, integration, position
    Action.objects.bulk_create(actions)
    integration.test_action = test_action
    integration.save(update_fields=["test_action"])
    return integration


@transaction.atomic
def update(integration: Integration, changes: Mapping[str, Any]) -> Integration:
    """Change an integration; return it as it is now. Raises Http404 if it is gone."""
    before = _locked(integration)
    after = _locked(integration)
    changed = [name for name, value in changes.items() if getattr(before, name) != value]
    for name in changed:
        setattr(after, name, changes[name])
    after.save(update_fields=[*changed, "updated_at"])
    if _PROBED & set(changed):
        _outdate(after)
    if changed:
        edited.send(sender=None, integration=after, before=before)
    return after


def losses(before: Integration, changes: Mapping[str, Any]) -> dict[str, str]:
    """Return, by its field, which of these changes would cost secrets that people entered.

    `changes` has base URL and auth. `update` does not ask: what leads to another host then has no
    secret any more.
    """
    changed = [name for name in ("base_url", "auth") if changes[name] != getattr(before, name)]
    after = copy(before)
    for name in changed:
        setattr(after, name, changes[name])
    answers = losing.send(sender=None, integration=after, before=before)
    lost = sum(int(count or 0) for _, count in answers)
    text = (
        f"{lost} of its connections have secrets for what this was. Delete these credentials first,"
        " or make another integration."
    )
    return {changed[0]: text} if lost else {}


def is_chosen(action: Action) -> bool:
    """Whether something else than its integration has chosen an action for health checks."""
    return any(chosen for _, chosen in choosing.send(sender=None, action=action))


@transaction.atomic
def delete(integration: Integration) -> None:
    """Delete an integration with its actions and all that hangs on it."""
    deleting.send(sender=None, integration=_locked(integration))
    integration.delete()


@transaction.atomic
def create_action(integration: Integration, fields: Mapping[str, Any]) -> Action:
    """Add an action, behind the others unless a position is given."""
    _locked(integration)
    last = integration.actions.aggregate(Max("position"))["position__max"]
    position = 0 if last is None else last + 1
    values = {"position": position, **fields}
    action = Action(integration=integration, tenant_id=integration.tenant_id, **values)
    action.save()
    _outdate(integration)
    return action


@transaction.atomic
def update_action(action: Action, changes: Mapping[str, Any]) -> Action:
    """Change an action; return it as it is now."""
    _locked(action.integration)
    for name, value in changes.items():
        setattr(action, name, value)
    action.save(update_fields=[*changes, "updated_at"])
    _outdate(action.integration)
    return action


@transaction.atomic
def delete_action(action: Action) -> None:
    """Delete an action. Where it was the test action, the next choice takes its place."""
    _locked(action.integration)
    _outdate(action.integration)
    action.delete()


def _locked(integration: Integration) -> Integration:
    rows = Integration.objects.select_for_update(no_key=True)
    return get_object_or_404(rows, pk=integration.pk)


def _outdate(integration: Integration) -> None:
    """Let no result count that was probed before this edit."""
    row = Integration.objects.filter(pk=integration.pk)
    row.update(config_version=F("config_version") + 1)


def _free_slug(tenant: Tenant, name: str) -> str:
    stem = slugify(name, allow_unicode=True)[:70] or "integration"
    alike = Integration.objects.filter(tenant=tenant, slug__startswith=stem)
    taken = set(alike.values_list("slug", flat=True))
    if stem not in taken:
        return stem
    return next(s for n in range(2, len(taken) + 3) if (s := f"{stem}-{n}") not in taken)
