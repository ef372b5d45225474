"""A file brought into a tenant: whole or not at all, and only what differs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from api.views import validated
from connections import edits as connection_edits
from connections.as_code.accounts import Accounts
from connections.as_code.actions import Actions
from connections.as_code.comparing import Difference, compare
from connections.as_code.entries import IntegrationEntry, read_integrations
from connections.as_code.exporting import document_of
from connections.as_code.faults import Faults, FileRefused, below
from connections.models import Connection, ConnectionHealth
from integrations import edits
from integrations.models import Integration
from integrations.serializers import IntegrationCreation, IntegrationSerializer
from tenants import edits as tenant_edits
from tenants.models import Tenant
from tenants.row_security import for_tenant
from tenants.serializers import TenantSerializer

_SLUG = Integration._meta.get_field("slug")


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What an import changed; `unlisted` are the places of what the file does not have."""

    differences: Sequence[Difference]
    unlisted: Sequence[str]


class _Undone(Exception):
    """Ends the transaction of an import that was only tried."""


def import_document(
    tenant: Tenant,
    document: Mapping[str, Any],
    *,
    environment: Mapping[str, str],
    prune: bool = False,
    dry_run: bool = False,
) -> Outcome:
    """Bring what a file says into a tenant. Raises FileRefused, with every fault.

    `prune` deletes what is missing from the lists that the file has. `dry_run` changes nothing.
    """
    try:
        with for_tenant(tenant.pk):
            _lock(tenant)
            before = document_of(tenant)
            run = _Import(tenant, environment, prune=prune)
            run.bring(document)
            if run.faults.found:
                raise FileRefused(run.faults.found)
            after = document_of(tenant)
            differences = compare(before, after, resealed=run.accounts.resealed)
            outcome = Outcome(differences=differences, unlisted=run.unlisted)
            if dry_run:
                raise _Undone
    except _Undone:
        pass
    return outcome


def _lock(tenant: Tenant) -> None:
    """Keep everybody else from changing any of this, in the order in which they lock it."""
    Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)
    for kind in (Integration, Connection, ConnectionHealth):
        rows = kind._default_manager.filter(tenant=tenant).order_by("pk")
        list(rows.select_for_update(no_key=True).values_list("pk"))


class _Import:
    """One file on its way into one tenant."""

    def __init__(self, tenant: Tenant, environment: Mapping[str, str], *, prune: bool) -> None:
        self.faults = Faults()
        self.unlisted: list[str] = []
        self.accounts = Accounts(tenant, environment, self.faults)
        self._tenant = tenant
        self._prune = prune
        self._known = {row.slug: row for row in Integration.objects.filter(tenant=tenant)}

    def bring(self, document: Mapping[str, Any]) -> None:
        for name in document.keys() - {"tenant", "settings", "integrations"}:
            self.faults.add(name, "Unknown field.")
        self._settings(document.get("settings", {}))
        entries = read_integrations(document, self.faults)
        for entry in entries:
            self._integration(entry)
        if "integrations" in document:
            listed = {entry.slug for entry in entries}
            for slug in sorted(self._known.keys() - listed):
                self._unlisted(f"integrations[{slug}]", self._known[slug])

    def _settings(self, given: Any) -> None:
        with self.faults.at("settings"):
            form = TenantSerializer(self._tenant, data=given, partial=True)
            if isinstance(given, dict) and "name" in given:
                self.faults.add("settings.name", "A tenant's name is not part of a file.")
            if changes := _changes(self._tenant, validated(form)):
                tenant_edits.update(self._tenant, changes)

    def _integration(self, entry: IntegrationEntry) -> None:
        known = self._known.get(entry.slug)
        saved = None
        before = len(self.faults.found)
        with self.faults.at(entry.place):
            saved = self._change(known, entry) if known else self._create(entry)
        if saved is None or len(self.faults.found) > before:
            self.accounts.look_at(entry)
            return
        actions = Actions(saved, entry, self.faults)
        self.accounts.let_go(saved, entry)
        actions.bring()
        for action in actions.unlisted():
            if self._prune or known is None:  # the provider's own, which the file did without
                edits.delete_action(action)
            else:
                self.unlisted.append(f"integrations[{saved.slug}].actions[{action.name}]")
        if entry.connections is not None:
            unlisted = self.accounts.bring(actions.integration, entry)
            for connection in unlisted:
                place = f"integrations[{saved.slug}].connections[{connection.name}]"
                self._unlisted(place, connection)

    def _create(self, entry: IntegrationEntry) -> Integration:
        self._check_slug(entry)
        form = IntegrationCreation(data=entry.fields, context={"tenant": self._tenant})
        fields = validated(form)
        provider = fields.pop("provider")
        return edits.create(self._tenant, {**fields, "slug": entry.slug}, provider)

    def _change(self, integration: Integration, entry: IntegrationEntry) -> Integration:
        fields = dict(entry.fields)
        if fields.pop("provider", integration.provider or None) != (integration.provider or None):
            self.faults.add(below(entry.place, "provider"), "An integration keeps its provider.")
        context = {"tenant": self._tenant}
        form = IntegrationSerializer(integration, data=fields, partial=True, context=context)
        changes = _changes(integration, validated(form))
        return edits.update(integration, changes) if changes else integration

    def _check_slug(self, entry: IntegrationEntry) -> None:
        try:
            _SLUG.run_validators(entry.slug)
        except ValidationError as error:
            for reason in error.messages:
                self.faults.add(below(entry.place, "slug"), reason)

    def _unlisted(self, place: str, row: Integration | Connection) -> None:
        if not self._prune:
            self.unlisted.append(place)
        elif isinstance(row, Integration):
            edits.delete(row)
        else:
            connection_edits.delete(self._tenant.pk, [row.pk])


def _changes(row: models.Model, wanted: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in wanted.items() if getattr(row, name) != value}
