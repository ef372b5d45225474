"""From started claims to all that their probes need, in two queries a batch."""

import datetime as dt
import logging
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from django.utils import timezone

from connections.calls import build_request
from connections.encryption import Secret, SecretMoved
from connections.models import Connection
from connections.status import CircuitState, CredentialState
from egress.answers import ProbeRequest
from healthchecks.breaker import Circuit, state_for_probe
from healthchecks.claims import Started
from integrations.models import Action, Integration
from integrations.response_rules import ResponseRules
from integrations.templates import VariableMissing
from integrations.test_actions import select_test_action

log = logging.getLogger(__name__)

_CACHED_CONFIGURATIONS = 2_000  # integrations a process keeps; each is a few kilobytes


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """An integration with its actions, as of one version."""

    integration: Integration
    actions: tuple[Action, ...]
    rules: Mapping[UUID, ResponseRules]


@dataclass(frozen=True, kw_only=True)
class Job:
    """One probe to make.

    `request` is None where no call is to be made; then `unfilled` says whether that is because a
    parameter has no value. `wait` is how long until its moment, `gap` the seconds
    between two calls of its integration. `broken` is an error of ours that
    kept the job from being prepared.
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
    circuit: CircuitState = CircuitState.CLOSED
    test_action_id: UUID | None = None
    rules: ResponseRules | None = None
    request: ProbeRequest | None = None
    unfilled: bool = False
    broken: bool = False


class Configurations:
    """The integrations that this process met lately, by id, each in the version asked for."""

    def __init__(self) -> None:
        self._known: OrderedDict[UUID, Configuration] = OrderedDict()
        self._lock = threading.Lock()  # Celery's threads share one cache

    def of(self, wanted: Mapping[UUID, int]) -> Mapping[UUID, Configuration]:
        """Return the configurations of these integrations; `wanted` maps an id to its version.

        No query where all are known.
        """
        with self._lock:
            missing = [
                pk
                for pk, version in wanted.items()
                if pk not in self._known or self._known[pk].integration.config_version != version
            ]
            if missing:
                self._load(missing)
            found = {pk: self._known[pk] for pk in wanted if pk in self._known}
            while len(self._known) > _CACHED_CONFIGURATIONS:
                self._known.popitem(last=False)
            return found

    def _load(self, integration_ids: Sequence[UUID]) -> None:
        integrations = Integration.objects.filter(pk__in=integration_ids)
        for integration in integrations.prefetch_related("actions"):
            actions = tuple(integration.actions.all())
            self._known[integration.pk] = Configuration(
                integration=integration,
                actions=actions,
                rules={action.pk: action.rules for action in actions},
            )


_configurations = Configurations()


def prepare(started: Mapping[UUID, Started]) -> list[Job]:
    """Return a job for each started claim, by connection id, whose connection still exists."""
    connections = list(
        Connection.objects.filter(pk__in=list(started)).select_related("credential", "health")
    )
    integrations = Integration.objects.filter(pk__in={c.integration_id for c in connections})
    configurations = _configurations.of(dict(integrations.values_list("pk", "config_version")))
    return [
        _prepare_safely(connection, configuration, started[connection.pk])
        for connection in connections
        if (configuration := configurations.get(connection.integration_id))
    ]


def _prepare_safely(connection: Connection, configuration: Configuration, started: Started) -> Job:
    """One connection that cannot be prepared must not stop the others of its batch."""
    try:
        return _prepare(connection, configuration, started)
    except Exception as error:
        # The text of an exception may hold a secret: its type must do.
        log.error("Connection %s can't be prepared: %s", connection.pk, type(error).__name__)
        bare = _bare_job(connection, configuration.integration, started)
        return replace(bare, broken=True)


def _bare_job(connection: Connection, integration: Integration, started: Started) -> Job:
    return Job(
        connection_id=connection.pk,
        check_id=started.check_id,
        integration_id=integration.pk,
        config_version=integration.config_version,
        by_hand=connection.health.claimed_by_hand,
        wait=started.wait,
        gap=1 / integration.requests_per_second,
        credential=CredentialState.ACTIVE,
    )


def _prepare(connection: Connection, configuration: Configuration, started: Started) -> Job:
    now = timezone.now()
    connection.integration = configuration.integration  # known already: saves a query
    credential, secret = _unseal(connection, now)
    job = replace(
        _bare_job(connection, configuration.integration, started),
        credential=credential,
        credential_expires_at=getattr(connection, "credential", None)
        and connection.credential.expires_at,
        circuit=state_for_probe(
            Circuit.of(connection.health), now=now, by_hand=connection.health.claimed_by_hand
        ),
    )
    action = select_test_action(
        configuration.actions,
        chosen=(
            connection.health_check_test_action_id,
            configuration.integration.test_action_id,
        ),
        variables=connection.variables.keys(),
    )
    if action is None:
        return job
    job = replace(job, test_action_id=action.pk, rules=configuration.rules[action.pk])
    if not credential.usable or job.circuit is CircuitState.OPEN:
        return job
    try:
        request = build_request(configuration.integration, action, connection.variables, secret)
    except VariableMissing:
        return replace(job, unfilled=True)
    return replace(job, request=request)


def _unseal(connection: Connection, now: dt.datetime) -> tuple[CredentialState, Secret | None]:
    """Return the credential's state and, where it may be used, its secret."""
    state = connection.credential_state(now)
    if not state.usable or connection.integration.auth["type"] == "none":
        return state, None
    credential = connection.credential
    if credential.kind != connection.integration.auth["type"]:
        return CredentialState.MISSING, None
    try:
        return state, credential.unseal(origin=connection.origin)
    except SecretMoved:
        # Entered for another host: it must be entered again before it is sent anywhere.
        return CredentialState.MISSING, None
