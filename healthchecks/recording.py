"""From observations to rows: judge them, and write what follows in one transaction.

A result counts only while its connection still holds the claim (the fence). Rows are locked in
the order of the connections before anything is judged, so overlapping writers wait in line.
"""

import datetime as dt
import json
import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from time import monotonic
from typing import Any, cast
from uuid import UUID

from django.db import transaction
from django.db.models import F

from api.ids import time_of
from connections.models import ConnectionHealth
from connections.oauth.queueing import doubt
from connections.status import CircuitState, CredentialState
from healthchecks import downtime
from healthchecks.changes import announce
from healthchecks.consequences import apply
from healthchecks.expiries import learn_expiries
from healthchecks.held import CLAIM_LIFE, SETTLED_AFTER, floor_hour
from healthchecks.models import HealthCheck
from healthchecks.observation import Observation
from healthchecks.pauses import pause_others, restraints_of
from healthchecks.restraint import UNRESTRAINED, Restraint
from healthchecks.rows import Recorded, change_row, check_row
from healthchecks.statements import execute, fetch
from healthchecks.status import CheckType, FailureCause
from integrations.models import Integration
from maintenance.covering import covered

log = logging.getLogger(__name__)

_CHECK_COLUMNS = {
    "id": "uuid",
    "tenant_id": "uuid",
    "connection_id": "uuid",
    "test_action_id": "uuid",
    "created_at": "timestamptz",
    "credential_expires_at": "timestamptz",
    "latency_ms": "int",
    "test_action_latency_ms": "int",
    "interval_seconds": "int",
    "test_action_status_code": "smallint",
    "slots": "smallint",
    "slots_missed": "smallint",
    "test_action_success": "boolean",
    "maintenance": "boolean",
    "status": "text",
    "outcome": "text",
    "check_type": "text",
    "credential_status": "text",
    "circuit_breaker_status": "text",
    "failure_cause": "text",
    "reasons": "text[]",
    "error_code": "text",
}
_HEALTH_COLUMNS = {
    "slot_at": "timestamptz",
    "due_at": "timestamptz",
    "slots": "int",
    "slots_missed": "int",
    "claim_id": "uuid",
    "claimed_by_hand": "boolean",
    "lease_until": "timestamptz",
    "started_at": "timestamptz",
    "attempts": "smallint",
    "health_status": "text",
    "reasons": "text[]",
    "last_health_check_at": "timestamptz",
    "last_health_check_id": "uuid",
    "last_successful_check_at": "timestamptz",
    "checked_in_maintenance": "boolean",
    "last_manual_check_at": "timestamptz",
    "last_word": "text",
    "last_error_code": "text",
    "last_failure_cause": "text",
    "last_success_latency_ms": "int",
    "recent_outcomes": "text",
    "unsettled": "boolean",
    "consecutive_failures": "int",
    "downtime_started_at": "timestamptz",
    "limited_streak": "smallint",
    "circuit_state": "text",
    "circuit_failures": "smallint",
    "circuit_openings": "smallint",
    "circuit_open_until": "timestamptz",
    "circuit_cause": "text",
    "version": "bigint",
}
# The moment, and which of these connections are in maintenance.
_NOW = f"""
SELECT clock_timestamp(),
       ARRAY(SELECT c.id FROM connections c WHERE c.id = ANY(%(ids)s) AND {covered("c")})
"""  # noqa: S608 - our own words
_CHANGE_COLUMNS = {
    "tenant_id": "uuid",
    "connection_id": "uuid",
    "from_status": "text",
    "to_status": "text",
    "reasons": "text[]",
    "health_check_id": "uuid",
    "at": "timestamptz",
}


def _recordset(columns: Mapping[str, str]) -> str:
    typed = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    return f"json_to_recordset(%(rows)s) AS r({typed})"


def _insert(table: str, columns: Mapping[str, str]) -> str:
    names = ", ".join(columns)
    return f"INSERT INTO {table} ({names}) SELECT {names} FROM {_recordset(columns)}"  # noqa: S608 - made of constants


_INSERT_CHECKS = _insert("health_checks", _CHECK_COLUMNS)
_INSERT_CHANGES = f"""
INSERT INTO health_state_changes (id, {", ".join(_CHANGE_COLUMNS)})
SELECT uuid_v7(), {", ".join(_CHANGE_COLUMNS)} FROM {_recordset(_CHANGE_COLUMNS)}
"""  # noqa: S608 - made of constants
_UPDATE_HEALTH = f"""
UPDATE connection_health h SET {", ".join(f"{name} = r.{name}" for name in _HEALTH_COLUMNS)}
FROM {_recordset({"connection_id": "uuid", **_HEALTH_COLUMNS})}
WHERE h.connection_id = r.connection_id
"""  # noqa: S608 - made of constants


def record(observations: Sequence[Observation]) -> list[ConnectionHealth]:
    """Write what these probes saw; return the health rows as they are now.

    Results whose claim is gone are dropped. One transaction, at most five statements where no
    provider told of limits or expiries. Raises Django's database errors; then nothing is written.
    """
    with transaction.atomic():
        by_check = {seen.check_id: seen for seen in observations}
        rows = list(
            ConnectionHealth.objects.select_for_update(no_key=True, of=("self",))
            .filter(pk__in={seen.connection_id for seen in observations})
            .order_by("pk")
        )
        integrations = Integration.objects.in_bulk({row.integration_id for row in rows})
        now, in_maintenance = fetch(_NOW, {"ids": [row.pk for row in rows]})[0]
        held = {row.claim_id: row for row in rows if row.claim_id in by_check}
        restraints, recorded = restraints_of(observations), []
        for check_id, health in held.items():
            seen, integration = by_check[check_id], integrations[health.integration_id]
            if seen.config_version == integration.config_version:
                restraint = restraints.get(health.pk, UNRESTRAINED)
                health.checked_in_maintenance = health.pk in in_maintenance
                recorded.append(_judge(health, seen, integration, restraint, now))
            else:
                # It was probed as the integration used to be: probe again.
                health.claim_id = health.lease_until = health.started_at = None
                health.attempts = 0
        _write(recorded, held.values(), now)
    _report_fenced(by_check.keys() - held.keys())
    return [entry.health for entry in recorded]


def given_up(claims: Mapping[UUID, UUID]) -> list[Observation]:
    """Return what there is to record of claims, by connection, whose workers died too often."""
    rows = ConnectionHealth.objects.filter(pk__in=claims.keys(), claim_id__in=claims.values())
    return [
        Observation(
            connection_id=row.pk,
            check_id=cast(UUID, row.claim_id),
            config_version=row.config_version,
            by_hand=row.claimed_by_hand,
            credential=CredentialState.ACTIVE,
            credential_expires_at=None,
            circuit=CircuitState(row.circuit_state),
            test_action_id=None,
            call=None,
            latency_ms=0,
            finished=monotonic(),
            broken=True,
        )
        for row in rows.annotate(config_version=F("integration__config_version"))
    ]


def _judge(
    health: ConnectionHealth,
    seen: Observation,
    integration: Integration,
    restraint: Restraint,
    now: dt.datetime,
) -> Recorded:
    at = _made_at(seen, now)
    check_type = CheckType.MANUAL if health.claimed_by_hand else CheckType.SCHEDULED
    consequence = apply(
        health,
        seen,
        degraded_latency_ms=integration.degraded_latency_ms,
        at=at,
        now=now,
        restraint=restraint,
    )
    return Recorded(seen=seen, health=health, check_type=check_type, consequence=consequence, at=at)


def _made_at(seen: Observation, now: dt.datetime) -> dt.datetime:
    """Return when a check was made, by the database's clock.

    One that was held back, of an hour whose statistics may be there by now, counts in the hour
    after; unless its id is too old to be looked for there.
    """
    at = now - dt.timedelta(seconds=max(0.0, monotonic() - seen.finished))
    open_since = floor_hour(now - SETTLED_AFTER)
    found_there = open_since < time_of(seen.check_id) + CLAIM_LIFE
    return max(at, open_since) if found_there else at


def _write(
    recorded: Sequence[Recorded], held: Iterable[ConnectionHealth], now: dt.datetime
) -> None:
    _write_rows(_INSERT_CHECKS, [check_row(entry) for entry in recorded])
    _write_rows(
        _UPDATE_HEALTH,
        [
            {"connection_id": row.pk, **{name: getattr(row, name) for name in _HEALTH_COLUMNS}}
            for row in held
        ],
    )
    changes = [
        change_row(entry)
        for entry in recorded
        if entry.consequence.verdict.status != entry.consequence.previous_status
    ]
    _write_rows(_INSERT_CHANGES, changes)
    if changes:
        announce()
    pause_others(recorded, now)
    learn_expiries(recorded)
    _doubt_tokens(recorded)
    downtime.close(
        {
            entry.health.pk: entry.at
            for entry in recorded
            if entry.consequence.recovered_from is not None
        }
    )


def _doubt_tokens(recorded: Iterable[Recorded]) -> None:
    """An access token can be revoked before its end: then another may do."""
    refused = [
        entry.health.pk
        for entry in recorded
        if entry.seen.refreshable
        and entry.seen.call is not None
        and entry.seen.call.cause is FailureCause.CREDENTIAL
    ]
    if refused:
        doubt(refused)


def _report_fenced(check_ids: Collection[UUID]) -> None:
    if check_ids:
        # A commit whose answer was lost is tried again, and then finds its own row.
        stored = HealthCheck.objects.filter(pk__in=check_ids).count()
        if dropped := len(check_ids) - stored:
            log.warning("%d results dropped: their claims are no longer held", dropped)


def _write_rows(sql: str, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        execute(sql, {"rows": json.dumps(rows, default=str)})
