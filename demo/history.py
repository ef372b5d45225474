"""The demo's past: what Vitals would have recorded, had it checked an account all along.

The simulated provider's own answers go through the real rules, so that checks, statuses, state
changes and alerts agree with each other. No database.
"""

import datetime as dt
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast

from api.ids import id_at
from connections.models import Connection, ConnectionHealth
from connections.status import CircuitState
from demo.answers import answer_bytes
from demo.behaviour import FINE, Behaviour, preset
from demo.cast import Account, Outage
from egress.failures import TransportError
from healthchecks.breaker import Circuit, state_for_probe
from healthchecks.consequences import apply
from healthchecks.downtime import ALERT_AFTER
from healthchecks.evaluation import Call, judge_reading, judge_silence
from healthchecks.models import Alert, HealthCheck, HealthStateChange
from healthchecks.observation import Observation
from healthchecks.rows import Recorded, change_row, check_row
from healthchecks.slots import take_slot
from healthchecks.status import CheckType, Outcome
from integrations.models import Action

LENGTH = dt.timedelta(days=7)
# Not the minute at which the demo checks from now on: a fifteenth of the rows tells the same story.
INTERVAL = dt.timedelta(minutes=15)
_SWEEP = dt.timedelta(seconds=10)  # until the downtime sweep sees what is due
_OVERHEAD_MS = 12  # of a check beside its call
_BUSIEST_HOUR = 15  # of the day, in UTC
_HOURS = 24


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A connection with its health, credential and integration loaded, and its part."""

    connection: Connection
    account: Account
    outages: Sequence[Outage]
    action: Action


@dataclass(frozen=True, kw_only=True)
class History:
    """Rows to write, none of them saved, and the health row as the last check left it."""

    health: ConnectionHealth
    checks: list[HealthCheck] = field(default_factory=list)
    changes: list[HealthStateChange] = field(default_factory=list)
    alerts: list[Alert] = field(default_factory=list)


def relive(subject: Subject, *, until: dt.datetime) -> History:
    """Return the subject's week before `until`, as it would have been recorded."""
    return _Life(subject, until).live()


class _Life:
    """One connection's checks, in order."""

    def __init__(self, subject: Subject, until: dt.datetime) -> None:
        self._subject = subject
        self._until = until
        self._rules = subject.action.rules
        self._random = random.Random(subject.account.name)  # noqa: S311 - figures, not secrets
        self._history = History(health=subject.connection.health)
        self._open_alert: Alert | None = None
        self._last_failed: HealthCheck | None = None

    def live(self) -> History:
        health = self._history.health
        start = self._until - LENGTH + INTERVAL * self._random.random()
        end = self._until - (self._subject.account.paused_for or dt.timedelta())
        health.interval_seconds = int(INTERVAL.total_seconds())
        health.slot_at, health.due_at = start - INTERVAL, start
        while health.due_at < end - INTERVAL / 10:
            self._check(health, health.slot_at, health.due_at)
        self._open_alert_by(end)
        return self._history

    def _check(self, health: ConnectionHealth, slot_at: dt.datetime, due_at: dt.datetime) -> None:
        taken = take_slot(slot_at=slot_at, due_at=due_at, interval=INTERVAL, now=due_at)
        health.slot_at, health.slots = taken.slot_at, taken.slots
        seen = self._observe(health, due_at)
        at = due_at + dt.timedelta(milliseconds=seen.latency_ms)
        self._open_alert_by(at)
        limit = self._subject.connection.integration.degraded_latency_ms
        consequence = apply(health, seen, degraded_latency_ms=limit, at=at, now=at)
        entry = Recorded(
            seen=seen,
            health=health,
            check_type=CheckType.SCHEDULED,
            consequence=consequence,
            at=at,
        )
        check = HealthCheck(**check_row(entry))
        self._history.checks.append(check)
        if check.outcome == Outcome.FAILED:
            self._last_failed = check
        if consequence.verdict.status != consequence.previous_status:
            # Processed already: nobody is told of it now.
            told = {"id": id_at(at), "processed_at": at}
            self._history.changes.append(HealthStateChange(**change_row(entry) | told))
        if consequence.recovered_from and self._open_alert:
            self._open_alert.resolved_at, self._open_alert = at, None

    def _observe(self, health: ConnectionHealth, now: dt.datetime) -> Observation:
        connection = self._subject.connection
        circuit = state_for_probe(Circuit.of(health), now=now, by_hand=False)
        call = None if circuit is CircuitState.OPEN else self._call(now)
        credential = getattr(connection, "credential", None)
        return Observation(
            connection_id=connection.pk,
            check_id=id_at(now),
            config_version=connection.integration.config_version,
            by_hand=False,
            credential=connection.credential_state(now),
            credential_expires_at=credential and credential.expires_at,
            circuit=circuit,
            test_action_id=self._subject.action.pk,
            call=call,
            latency_ms=_OVERHEAD_MS + (call.latency_ms or 0 if call else 0),
            finished=0,
        )

    def _call(self, moment: dt.datetime) -> Call:
        behaviour, action = self._behaviour(moment), self._subject.action
        if behaviour.hang:
            timeout_ms = self._subject.connection.integration.timeout_ms
            return judge_silence(TransportError.TIMEOUT, latency_ms=timeout_ms)
        answer = answer_bytes(behaviour, action.path, action.method)
        head, _, body = answer.partition(b"\r\n\r\n")
        status = int(head.split()[1])
        retry_after = dict(behaviour.headers).get("Retry-After")
        return judge_reading(
            self._rules.read(status=status, body=body, truncated=False),
            status=status,
            latency_ms=round(behaviour.delay * 1000) + self._latency_ms(moment),
            retry_after=float(retry_after) if retry_after else None,
        )

    def _behaviour(self, moment: dt.datetime) -> Behaviour:
        ago, account = self._until - moment, self._subject.account
        outage = next((o for o in self._subject.outages if o.covers(ago)), None)
        if outage:
            return outage.behaviour
        now = preset(account.behaviour, moment.timestamp()) if ago < account.since else None
        return now or FINE

    def _latency_ms(self, moment: dt.datetime) -> int:
        """A third slower in the busiest hour of the day than on average, and never twice alike."""
        hour = moment.hour + moment.minute / 60
        rhythm = 1 + math.cos((hour - _BUSIEST_HOUR) / _HOURS * 2 * math.pi) / 3
        noise = self._random.lognormvariate(0, 0.2)
        return round(self._subject.account.latency_ms * rhythm * noise)

    def _open_alert_by(self, moment: dt.datetime) -> None:
        """Open the alert that the downtime sweep would have opened before `moment`."""
        health, failed = self._history.health, self._last_failed
        if health.downtime_started_at is None or failed is None or self._open_alert:
            return
        opened_at = health.downtime_started_at + ALERT_AFTER + _SWEEP
        if opened_at > moment:
            return
        self._open_alert = Alert(
            id=id_at(opened_at),
            tenant_id=health.tenant_id,
            connection_id=health.connection_id,
            opened_at=opened_at,
            downtime_started_at=health.downtime_started_at,
            cause=cast(str, failed.failure_cause),  # which a failed check has
            error_code=cast(str, failed.error_code),
            consecutive_failures=health.consecutive_failures,
        )
        self._history.alerts.append(self._open_alert)
