"""What a tenant's configuration is now, in the words of the API."""

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any

import yaml
from django.db.models import Model
from rest_framework.serializers import ModelSerializer
from rest_framework.utils.encoders import JSONEncoder

from connections.as_code.faults import Fault, FileRefused
from connections.as_code.references import Namer
from connections.encryption import DecryptionError
from connections.models import Connection, Credential
from connections.serializers import ConnectionSerializer
from integrations.models import Action, Integration
from integrations.serializers import ActionSerializer, IntegrationSerializer
from tenants.models import Tenant
from tenants.serializers import TenantSerializer

_HEADING = "# The configuration of {tenant}, for bin/manage import_config\n"


def export(tenant: Tenant, *, references: bool) -> str:
    """Return the configuration as YAML; with `references`, where each secret is to come from.

    Raises FileRefused where two things have the same name.
    """
    document = document_of(tenant)
    namer = Namer()
    for integration in document["integrations"]:
        for connection in integration["connections"]:
            credential = connection.pop("credential")
            if references and credential:
                fields = credential.pop("secretFields")
                secret = namer.references(integration["slug"], connection["name"], fields)
                connection["credential"] = {"secret": secret, **credential}
    body = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=100)
    return _HEADING.format(tenant=tenant.slug) + body


def document_of(tenant: Tenant) -> dict[str, Any]:
    """Return all that a file can say of a tenant; of credentials, what may be known of them.

    A fixed number of queries. Raises FileRefused where two things have the same name.
    """
    settings = _Writable(TenantSerializer).of(Tenant.objects.get(pk=tenant.pk))
    del settings["name"]  # it is the tenant's own, like its slug: a file fits any tenant
    rows = Integration.objects.filter(tenant=tenant).select_related("test_action")
    shown = _Writable(IntegrationSerializer)
    integrations = {row.pk: _integration(row, shown) for row in rows}
    shown = _Writable(ActionSerializer)
    for action in Action.objects.filter(tenant=tenant):
        integrations[action.integration_id]["actions"].append(shown.of(action))
    shown = _Writable(ConnectionSerializer)
    connections = Connection.objects.filter(tenant=tenant)
    for row in connections.select_related("integration", "credential", "health_check_test_action"):
        integrations[row.integration_id]["connections"].append(_connection(row, shown))
    ordered = sorted(integrations.values(), key=lambda integration: integration["slug"])
    for integration in ordered:
        integration["actions"].sort(key=lambda action: (action["position"], action["name"]))
        integration["connections"].sort(key=lambda connection: connection["name"])
    _refuse_ambiguous(ordered)
    return {"tenant": tenant.slug, "settings": settings, "integrations": ordered}


class _Writable:
    """Shows those fields of rows that the API lets people change, as they are in JSON."""

    def __init__(self, kind: type[ModelSerializer[Any]]) -> None:
        self._serializer = kind()
        for name, field in list(self._serializer.fields.items()):
            if field.read_only:
                del self._serializer.fields[name]

    def of(self, row: Model) -> dict[str, Any]:
        fields: dict[str, Any] = _plain(self._serializer.to_representation(row))
        return fields


def _integration(integration: Integration, shown: _Writable) -> dict[str, Any]:
    fields = shown.of(integration)
    config = fields["healthCheckConfig"]
    del config["testActionId"]
    config["testAction"] = integration.test_action and integration.test_action.name
    identity = {"slug": integration.slug, "provider": integration.provider or None}
    return {**identity, **fields, "actions": [], "connections": []}


def _connection(connection: Connection, shown: _Writable) -> dict[str, Any]:
    fields = shown.of(connection)
    del fields["healthCheckTestActionId"]
    action = connection.health_check_test_action
    stored: Credential | None = getattr(connection, "credential", None)
    credential = _credential(connection, stored) if stored else None
    return {**fields, "healthCheckTestAction": action and action.name, "credential": credential}


def _credential(connection: Connection, stored: Credential) -> dict[str, Any] | None:
    """Return what may be known of a credential; None where it cannot be used."""
    try:
        secret = stored.unseal(origin=connection.origin)
    except DecryptionError:
        return None
    if stored.kind != connection.integration.auth["type"] or not secret:
        return None  # or somebody consented, and entered nothing
    return {"secretFields": sorted(secret), "expiresAt": _plain(stored.entered_expiry)}


def _plain(value: Any) -> Any:
    """Return a value of the API as it is in JSON."""
    return json.loads(json.dumps(value, cls=JSONEncoder))


def _refuse_ambiguous(integrations: Iterable[dict[str, Any]]) -> None:
    faults = [
        Fault(
            place=f"integrations[{integration['slug']}].{kind}",
            reason=f'In Vitals, {count} have the name "{name}". Rename them there first:'
            " in a file only their names tell them apart.",
        )
        for integration in integrations
        for kind in ("actions", "connections")
        for name, count in Counter(row["name"] for row in integration[kind]).items()
        if count > 1
    ]
    if faults:
        raise FileRefused(faults)
