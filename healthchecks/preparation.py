"""From started claims to all that their probes need, in two queries a batch."""

import datetime as dt
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple
from uuid import UUID

from django.utils import timezone

from connections.calls import build_request
from connections.encryption import TOKENS, Secret, SecretMoved, unseal
from connections.models import Connection
from connections.status import CircuitState, CredentialState, ExpirySource
from egress.answers import ProbeRequest
from healthchecks.breaker import Circuit, state_for_probe
from healthchecks.claims import Started
from healthchecks.configurations import Configuration, Configurations
from healthchecks.pace import gap
from healthchecks.statements import fetch
from integrations.auth import suits
from integrations.catalogue import Expiry, providers
from integrations.fitting import secret_origin
from integrations.models import Integration
from integrations.oauth2 import OAUTH2
from integrations.response_rules import ResponseRules
from integrations.templates import VariableMissing, origin_of
from integrations.test_actions import effective_test_action

log = logging.getLogger(__name__)

_configurations = Configurations()
_TOO_LATE = dt.timedelta(seconds=5)  # before its end, to use an access token for a call


@dataclass(frozen=True, kw_only=True)
class Renewal:
    """The access token has ended: another than that of this `revision` is needed, from the token
    endpoint at `host`, and `build` makes it into the request. That raises VariableMissing."""

    revision: int
    host: str
    build: Callable[[Secret], ProbeRequest]


@dataclass(frozen=True, kw_only=True)
class Job:
    """One probe to make.

    `request` is None where no call is to be made; then `unfilled` says whether that is because a
    parameter has no value, and `renewal` what must come before the call. `wait` is how long until
    its moment, `gap` the seconds between two calls of its integration. `expiry` is where the answer
    says when the credential expires, None where nobody needs to know. `broken` is an error of ours
    that kept it from being prepared.
    """

    connection_id: UUID
    check_id: UUID
    integration_id: UUID
    config_version: int
    by_hand: bool
    wait: dt.timedelta
    gap: float
    credential: CredentialState
    credential_expires_at: dt.datetime | None = None
    expiry: Expiry | None = None
    circuit: CircuitState = CircuitState.CLOSED
    test_action_id: UUID | None = None
    rules: ResponseRules | None = None
    request: ProbeRequest | None = None
    unfilled: bool = False
    renewal: Renewal | None = None
    refreshable: bool = False
    broken: bool = False


class _Account(NamedTuple):
    """What a probe needs of a connection; the credential's fields are None where it has none."""

    connection_id: UUID
    integration_id: UUID
    variables: str  # JSON
    test_action_id: UUID | None
    kind: str | None
    encrypted_secret: memoryview | None
    encrypted_tokens: memoryview | None
    revision: int | None
    refreshable: bool | None
    expires_at: dt.datetime | None
    expiry_source: str | None
    needs_reauth: bool | None
    claimed_by_hand: bool
    circuit_state: str
    circuit_failures: int
    circuit_openings: int
    circuit_open_until: dt.datetime | None
    circuit_cause: str


_ACCOUNTS = """
SELECT c.id, c.integration_id, c.variables, c.health_check_test_action_id,
       k.kind, k.encrypted_secret, k.encrypted_tokens, k.revision,
       k.refresh_due_at IS NOT NULL, k.expires_at, k.expiry_source, k.needs_reauth,
       h.claimed_by_hand,
       h.circuit_state, h.circuit_failures, h.circuit_openings, h.circuit_open_until,
       h.circuit_cause
FROM connections c
JOIN connection_health h ON h.connection_id = c.id
LEFT JOIN credentials k ON k.connection_id = c.id
WHERE c.id = ANY(%(ids)s)
"""


def prepare(started: Mapping[UUID, Started]) -> list[Job]:
    """Return a job for each started claim, by connection id, whose connection still exists."""
    accounts = [_Account(*row) for row in fetch(_ACCOUNTS, {"ids": list(started)})]
    integrations = Integration.objects.filter(pk__in={a.integration_id for a in accounts})
    configurations = _configurations.of(dict(integrations.values_list("pk", "config_version")))
    return [
        _prepare_safely(account, configuration, started[account.connection_id])
        for account in accounts
        if (configuration := configurations.get(account.integration_id))
    ]


def _prepare_safely(account: _Account, configuration: Configuration, started: Started) -> Job:
    """One connection that cannot be prepared must not stop the others of its batch."""
    try:
        return _prepare(account, configuration, started)
    except Exception as error:
        # The text of an exception may hold a secret: its type must do.
        log.error(
            "Connection %s cannot be prepared: %s", account.connection_id, type(error).__name__
        )
        return Job(
            connection_id=account.connection_id,
            check_id=started.check_id,
            integration_id=account.integration_id,
            config_version=configuration.integration.config_version,
            by_hand=account.claimed_by_hand,
            wait=started.wait,
            gap=0,
            credential=CredentialState.ACTIVE,
            broken=True,
        )


def _prepare(account: _Account, configuration: Configuration, started: Started) -> Job:
    now, integration = started.at, configuration.integration
    variables = json.loads(account.variables)
    credential, secret = _unseal(account, integration, variables, now)
    circuit = state_for_probe(Circuit.of(account), now=now, by_hand=account.claimed_by_hand)
    action = effective_test_action(
        integration, configuration.actions, own=account.test_action_id, variables=variables
    )
    request, renewal, unfilled = None, None, False
    if action is not None and credential.usable and circuit is not CircuitState.OPEN:
        build = partial(build_request, integration, action, variables)
        try:
            if secret is None and account.refreshable:
                host = origin_of(integration.auth["tokenUrl"], variables)
                renewal = Renewal(revision=account.revision or 0, host=host, build=build)
            else:
                request = build(secret)
        except VariableMissing:
            unfilled = True
    return Job(
        connection_id=account.connection_id,
        check_id=started.check_id,
        integration_id=integration.pk,
        config_version=integration.config_version,
        by_hand=account.claimed_by_hand,
        wait=started.wait,
        gap=gap(integration.requests_per_second).total_seconds(),
        credential=credential,
        credential_expires_at=account.expires_at,
        expiry=_expiry_to_read(account, integration),
        circuit=circuit,
        test_action_id=action.pk if action else None,
        rules=configuration.rules_of(action) if action else None,
        request=request,
        unfilled=unfilled,
        renewal=renewal,
        refreshable=bool(account.refreshable),
    )


def usable_secret(connection: Connection) -> tuple[CredentialState, Secret | None]:
    """Return the credential's state now and, where it may be used, its secret. Raises KeyUnknown.

    One query.
    """
    [row] = fetch(_ACCOUNTS, {"ids": [connection.pk]})
    return _unseal(_Account(*row), connection.integration, connection.variables, timezone.now())


def _expiry_to_read(account: _Account, integration: Integration) -> Expiry | None:
    """What a person or the token itself told is not asked of the provider."""
    provider = providers().get(integration.provider)
    told_before = account.expiry_source in ("", ExpirySource.PROVIDER)
    return provider.expiry if provider and told_before else None


def _unseal(
    account: _Account, integration: Integration, variables: Mapping[str, str], now: dt.datetime
) -> tuple[CredentialState, Secret | None]:
    """Return the credential's state and, where it may be used, its secret; with OAuth 2 the access
    token, None where that has to be renewed first. Raises KeyUnknown."""
    if integration.auth["type"] == "none":
        return CredentialState.ACTIVE, None
    if account.encrypted_secret is None or account.kind != integration.auth["type"]:
        return CredentialState.MISSING, None
    state = CredentialState.at(
        now,
        expires_at=account.expires_at,
        needs_reauth=bool(account.needs_reauth),
        refreshable=bool(account.refreshable),
    )
    if not state.usable:
        return state, None
    origin = secret_origin(integration.auth, integration.base_url, variables)
    read = partial(unseal, connection_id=account.connection_id, origin=origin)
    try:
        secret = read(bytes(account.encrypted_secret))
        tokens = secret
        if account.encrypted_tokens is not None:
            tokens = read(bytes(account.encrypted_tokens), field=TOKENS)
    except SecretMoved:
        # Entered for another host: it must be entered again before it is sent anywhere.
        return CredentialState.MISSING, None
    if not suits(integration.auth, secret):
        return CredentialState.MISSING, None  # the integration asks for other headers by now
    if account.kind == OAUTH2:
        token = _access_token(account, tokens, now)
        return state if token or account.refreshable else CredentialState.MISSING, token
    return state, secret


def _access_token(account: _Account, tokens: Secret, now: dt.datetime) -> Secret | None:
    ends = account.expires_at if account.refreshable else None
    if "accessToken" not in tokens or (ends is not None and ends <= now + _TOO_LATE):
        return None
    return Secret({"accessToken": tokens["accessToken"]})
