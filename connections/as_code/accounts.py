"""The connections of an integration, as a file has them, each with its credential."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from api.views import validated
from connections import edits
from connections.as_code.actions import NO_SUCH_ACTION
from connections.as_code.entries import Entry, IntegrationEntry, refuse_ids
from connections.as_code.faults import Faults, below
from connections.as_code.references import resolve
from connections.bulk_serializers import BulkRow
from connections.edits import NewCredential
from connections.encryption import DecryptionError
from connections.models import Connection, Credential
from connections.serializers import ConnectionSerializer, CredentialSerializer, read_credential
from integrations.models import Action, Integration
from integrations.serializers import ActionSerializer
from tenants.models import Tenant

_ACTION = "healthCheckTestAction"


class Accounts:
    """The connections of a file on their way into one tenant. `resealed` are the places of those
    that were given another secret than they had."""

    def __init__(self, tenant: Tenant, environment: Mapping[str, str], faults: Faults) -> None:
        self.resealed: set[str] = set()
        self._tenant = tenant
        self._environment = environment
        self._faults = faults

    def let_go(self, integration: Integration, within: IntegrationEntry) -> None:
        """Drop the choices of test actions that the file exchanges: these may change now."""
        given = {entry.identity: entry.fields for entry in within.connections or ()}
        chosen = Connection.objects.filter(
            integration=integration, name__in=given, health_check_test_action__isnull=False
        )
        for connection in chosen.select_related("health_check_test_action"):
            now = connection.health_check_test_action
            if now and given[connection.name].get(_ACTION, now.name) != now.name:
                edits.update(connection, {"health_check_test_action": None})

    def bring(self, integration: Integration, within: IntegrationEntry) -> Iterable[Connection]:
        """Create and change connections; return those that the file does not have."""
        rows = Connection.objects.with_health().filter(integration=integration)
        known = {row.name: row for row in rows}
        actions = {action.name: action for action in integration.actions.all()}
        forms = _Forms(self._tenant, integration, actions.values())
        new: list[tuple[dict[str, Any], NewCredential | None]] = []
        for entry in within.connections or ():
            with self._faults.at(entry.place):
                body, credential = self._body(entry, within, actions)
                connection = known.pop(entry.identity, None)
                if connection is None:
                    new.append(forms.read_new(body, credential))
                else:
                    wanted = forms.read_changes(connection, body)
                    self._change(connection, wanted, credential, entry)
        if not self._faults.found:
            edits.create_many(self._tenant, new)
        return known.values()

    def look_at(self, entry: IntegrationEntry) -> None:
        """Find what is wrong whatever the integration is, which itself was refused."""
        for action in entry.actions or ():
            with self._faults.at(action.place):
                ActionSerializer().to_internal_value(action.fields)
        for connection in entry.connections or ():
            with self._faults.at(connection.place):
                fields = {k: v for k, v in connection.fields.items() if k != _ACTION}
                body, _ = self._body(replace(connection, fields=fields), entry, {})
                ConnectionSerializer(context={"tenant": self._tenant}).to_internal_value(body)

    def _body(
        self, entry: Entry, within: IntegrationEntry, actions: Mapping[str, Action]
    ) -> tuple[dict[str, Any], Any]:
        """Return the fields as the API takes them, and the credential with its secret resolved."""
        body = dict(entry.fields)
        for name in ("integrationId", "healthCheckTestActionId"):
            refuse_ids(body, entry.place, name, self._faults)
        if _ACTION in body:
            name = body.pop(_ACTION)
            action = actions.get(name) if isinstance(name, str) else None
            if name is not None and action is None and not within.lists_action(name):
                self._faults.add(below(entry.place, _ACTION), NO_SUCH_ACTION)
            body[f"{_ACTION}Id"] = str(action.pk) if action else None
        return body, self._resolved(body.pop("credential", None), entry)

    def _resolved(self, credential: Any, entry: Entry) -> Any:
        secret = credential.get("secret") if isinstance(credential, dict) else None
        if not isinstance(secret, dict):
            return credential
        place = below(below(entry.place, "credential"), "secret")
        before = len(self._faults.found)
        resolved = resolve(secret, self._environment, place=place, faults=self._faults)
        if len(self._faults.found) > before:
            return None  # what is wrong is said; the rest of the connection is looked at
        return {**credential, "secret": resolved}

    def _change(
        self, connection: Connection, wanted: Mapping[str, Any], given: Any, entry: Entry
    ) -> None:
        if changes := {k: v for k, v in wanted.items() if getattr(connection, k) != v}:
            connection = edits.update(connection, changes)
        if given is None:
            return
        integration = connection.integration
        with self._faults.at(below(entry.place, "credential")):
            entered = validated(CredentialSerializer(data=_typed(given, integration)))
            credential = read_credential(entered, integration)
            if not _holds(connection, credential, expires="expiresAt" in given):
                edits.store_credential(connection, credential)
                self.resealed.add(f"integrations[{integration.slug}].connections[{entry.identity}]")


class _Forms:
    """The API's forms for the connections of one integration, each made once."""

    def __init__(self, tenant: Tenant, integration: Integration, actions: Iterable[Action]) -> None:
        rows = {("integrationId", integration.pk): integration}
        preloaded = rows | {("healthCheckTestActionId", row.pk): row for row in actions}
        self._integration = integration
        self._new = BulkRow(context={"tenant": tenant, "preloaded": preloaded})
        self._change = ConnectionSerializer(partial=True, context={"tenant": tenant})

    def read_new(
        self, body: Mapping[str, Any], credential: Any
    ) -> tuple[dict[str, Any], NewCredential | None]:
        """Return the fields of a new connection. Raises ValidationError."""
        whole = {**body, "integrationId": str(self._integration.pk)}
        if credential is not None:
            whole["credential"] = _typed(credential, self._integration)
        fields = self._new.run_validation(whole)
        return fields, fields.pop("credential")

    def read_changes(self, connection: Connection, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the fields of a connection that is there. Raises ValidationError."""
        self._change.instance = connection
        fields: Mapping[str, Any] = self._change.run_validation(body)
        return fields


def _typed(credential: Any, integration: Integration) -> Any:
    """Return a credential with its type, which a file can leave to the integration."""
    if not isinstance(credential, dict):
        return credential
    return {"type": integration.auth["type"], **credential}


def _holds(connection: Connection, wanted: NewCredential, *, expires: bool) -> bool:
    """Return whether the stored credential is the wanted one; `expires`: its expiry matters."""
    stored: Credential | None = getattr(connection, "credential", None)
    if stored is None or stored.kind != connection.integration.auth["type"]:
        return False
    if expires and stored.entered_expiry != wanted.expires_at:
        return False
    try:
        secret = stored.unseal(origin=connection.origin)
    except DecryptionError:
        return False
    return dict(secret) == dict(wanted.secret)
