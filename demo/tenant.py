"""The demo's tenant, with its integrations and connections over the simulated provider.

Everything carries the tag `demo`. What is there already is kept as people left it.
"""

import datetime as dt
import re
from collections.abc import Sequence
from uuid import UUID

from connections import edits as connection_edits
from connections.edits import NewCredential
from connections.models import Connection
from connections.status import ConnectionStatus
from demo.cast import CAST, SECRETS, Account, Api
from demo.history import Subject
from integrations import edits as integration_edits
from integrations.catalogue import providers
from integrations.models import Integration, IntegrationStatus
from integrations.test_actions import HEALTH_CHECK_TAG
from tenants.models import Tenant

TENANT_ID = UUID("01900000-0000-7000-8000-000000000de0")
"""The demo's own, so that nobody's tenant is ever taken for it, whatever its name."""

TAG = "demo"
INTERVAL_MINUTES = 1
_SIMULATED = re.compile(r"http://127\.0\.0\.1:\d+/\{account\}")


def ensure_tenant() -> Tenant:
    """Return the demo's tenant, made if it is missing."""
    found = Tenant.objects.filter(pk=TENANT_ID).first()
    slug = Tenant.free_slug("Demo")
    return found or Tenant.objects.create(pk=TENANT_ID, name="Demo", slug=slug)


def move_to(tenant: Tenant, base_url: str) -> None:
    """Let what is there call the provider where it listens now.

    A credential is bound to its origin, so those are entered again.
    """
    for integration in tenant.integrations.exclude(base_url=base_url):
        if not _SIMULATED.fullmatch(integration.base_url):
            continue
        held = list(integration.connections.filter(credential__isnull=False).with_health())
        integration_edits.update(integration, {"base_url": base_url})
        for connection in held:
            _enter_secret(connection, integration, connection.credential.expires_at)


def renew_expiring(tenant: Tenant, now: dt.datetime) -> None:
    """Give the credentials that shall be about to expire the same life as at the first load."""
    lives = {a.behaviour: a.expires_in for api in CAST for a in api.accounts if a.expires_in}
    connections = tenant.connections.filter(credential__isnull=False).with_health()
    for connection in connections.filter(variables__account__in=list(lives)):
        if _SIMULATED.fullmatch(connection.integration.base_url):
            life = lives[connection.variables["account"]]
            _enter_secret(connection, connection.integration, now + life)


def add_missing(tenant: Tenant, base_url: str, now: dt.datetime) -> list[Subject]:
    """Make the integrations that are missing, with their connections; return what is new."""
    there = set(tenant.integrations.values_list("slug", flat=True))
    return [
        subject
        for api in CAST
        if api.slug not in there
        for subject in _add(tenant, api, base_url, now)
    ]


def _add(tenant: Tenant, api: Api, base_url: str, now: dt.datetime) -> Sequence[Subject]:
    provider = providers()[api.provider] if api.provider else None
    fields = {
        "name": api.name,
        "base_url": base_url,
        "status": IntegrationStatus.ACTIVE,
        "interval_minutes": INTERVAL_MINUTES,
        "tags": [TAG],
    }
    if provider is None:
        fields["auth"] = dict(api.auth)
    integration = integration_edits.create(tenant, fields, provider)
    action = integration.test_action or integration_edits.create_action(
        integration, {**api.action, "tags": [HEALTH_CHECK_TAG]}
    )
    return [
        Subject(
            connection=_connect(integration, account, now),
            account=account,
            outages=api.outages,
            action=action,
        )
        for account in api.accounts
    ]


def _connect(integration: Integration, account: Account, now: dt.datetime) -> Connection:
    paused = account.paused_for is not None
    fields = {
        "integration": integration,
        "name": account.name,
        "variables": {"account": account.behaviour},
        "status": ConnectionStatus.PAUSED if paused else ConnectionStatus.ACTIVE,
        "tags": [TAG],
    }
    secret = SECRETS[integration.auth["type"]]
    expires_at = now + account.expires_in if account.expires_in else None
    credential = NewCredential(secret=secret, expires_at=expires_at) if secret else None
    return connection_edits.create(integration.tenant, fields, credential)


def _enter_secret(
    connection: Connection, integration: Integration, expires_at: dt.datetime | None
) -> None:
    secret = SECRETS[integration.auth["type"]]
    new = NewCredential(secret=secret, expires_at=expires_at)
    connection_edits.store_credential(connection, new)
