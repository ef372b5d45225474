"""Connections that are to be looked at: what is told of each, and what people know then."""

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, Model, OuterRef, Q
from django.utils import timezone

from api.ids import lowest_id
from connections.models import Connection
from connections.status import HealthStatus
from healthchecks.models import Alert, HealthCheck
from healthchecks.statements import execute, fetch
from healthchecks.status import Reason
from incidents import folding, own_network
from notifications import connection_drafts as drafts
from notifications.drafts import Draft
from notifications.models import ConnectionWatch
from notifications.planning import publish
from notifications.silence import silent_among
from notifications.situations import (
    FLAPPING_SPAN,
    JOIN_SOON,
    LOOK_AGAIN,
    AlertStage,
    Decision,
    Situation,
    decide,
)
from notifications.status import NoticeKind

_BATCH = 500  # connections a transaction

# Whoever deletes a connection waits for the look at it, or is passed over.
_DUE = """
SELECT w.connection_id
FROM connection_watches w JOIN connection_health h USING (connection_id)
WHERE w.look_at <= %(now)s
ORDER BY w.look_at LIMIT %(most)s
FOR NO KEY UPDATE OF w SKIP LOCKED FOR KEY SHARE OF h SKIP LOCKED
"""
_CHANGES = """
SELECT connection_id, count(*), max(at) FROM health_state_changes
WHERE connection_id = ANY(%(ids)s) AND id >= %(lowest)s
GROUP BY connection_id
"""
_WATCHES = """
UPDATE connection_watches w
SET told_status = r.told_status, look_at = r.look_at, flapping_since = r.flapping_since
FROM json_to_recordset(%(rows)s)
    AS r(connection_id uuid, told_status text, look_at timestamptz, flapping_since timestamptz)
WHERE w.connection_id = r.connection_id
"""
_ALERTS = """
UPDATE alerts a
SET told_at = coalesce(a.told_at, r.told_at),
    end_told_at = coalesce(a.end_told_at, r.end_told_at),
    incident_id = coalesce(a.incident_id, r.incident_id)
FROM json_to_recordset(%(rows)s)
    AS r(id uuid, told_at timestamptz, end_told_at timestamptz, incident_id uuid)
JOIN (
    SELECT id FROM alerts WHERE id = ANY(%(ids)s) ORDER BY connection_id FOR NO KEY UPDATE
) AS locked USING (id)
WHERE a.id = r.id
"""


@dataclass(frozen=True, kw_only=True)
class _Found:
    """A connection with all that is asked of it. `alert` is one that is open, or whose end is not
    known to people who know of it."""

    watch: ConnectionWatch
    connection: Connection
    check: HealthCheck | None
    alert: Alert | None
    incident_id: UUID | None
    situation: Situation


def is_flapping() -> Exists:
    """Return whether each connection of a query keeps changing."""
    watches = ConnectionWatch.objects.filter(connection=OuterRef("pk"))
    return Exists(watches.filter(flapping_since__isnull=False))


def look() -> int:
    """Look at all whose time has come; return how many those were.

    A transaction for each 500: what is told and that it was told are written together. Rows that
    another sweep looks at are left to it. Two queries where there is none.
    """
    looked, now = 0, timezone.now()  # what comes due meanwhile is the next sweep's
    while batch := _look_at_some(now):
        looked += batch
    return looked


@transaction.atomic
def _look_at_some(now: dt.datetime) -> int:
    due = [pk for (pk,) in fetch(_DUE, {"now": now, "most": _BATCH})]
    if not due:
        return 0
    watches = ConnectionWatch.objects.in_bulk(due)
    found = _find(watches, now)
    decisions = [(each, decide(each.situation)) for each in found]
    publish([draft for each, decision in decisions for draft in _drafts(each, decision)], now)
    _remember(decisions, now)
    return len(watches)


def _find(watches: Mapping[UUID, ConnectionWatch], now: dt.datetime) -> list[_Found]:
    connections = Connection.objects.select_related("integration", "health").in_bulk(watches)
    checks = HealthCheck.objects.in_bulk(
        [c.health.last_health_check_id for c in connections.values()]
    )
    lowest = lowest_id(now - FLAPPING_SPAN)
    changes = {pk: tail for pk, *tail in fetch(_CHANGES, {"ids": list(watches), "lowest": lowest})}
    alerts = _alerts_of(watches)
    silent = _silent(list(connections), now)
    incidents = folding.open_incident_of(list(connections))
    joining = folding.may_become_incident(connections.keys() - incidents.keys())
    found = []
    for pk, connection in connections.items():
        health, watch, alert = connection.health, watches[pk], alerts.get(pk)
        count, last_change_at = changes.get(pk, (0, None))
        found.append(
            _Found(
                watch=watch,
                connection=connection,
                check=checks.get(health.last_health_check_id),
                alert=alert,
                incident_id=incidents.get(pk),
                situation=Situation(
                    now=now,
                    is_checked=health.due_at is not None,
                    status=HealthStatus(health.health_status),
                    reasons=health.reasons,
                    told_status=HealthStatus(watch.told_status),
                    alert=_stage(alert),
                    silent_until=silent.get(pk),
                    in_incident=pk in incidents,
                    may_join_until=now + JOIN_SOON if pk in joining else None,
                    has_own_notice=Reason.CREDENTIAL_NEEDS_REAUTH in health.reasons,
                    changes=count,
                    last_change_at=last_change_at,
                    flapping_since=watch.flapping_since,
                ),
            )
        )
    return found


def _silent(connection_ids: Sequence[UUID], now: dt.datetime) -> Mapping[UUID, dt.datetime]:
    """Return when to look again at those of which nobody is told now."""
    silent = connection_ids if own_network.lasts() else silent_among(connection_ids)
    return dict.fromkeys(silent, now + LOOK_AGAIN)


def _alerts_of(connection_ids: Iterable[UUID]) -> Mapping[UUID, Alert]:
    """Return, by connection, the alert that is open, else the latest whose end is to be told: it
    is not, where people were told of another downtime since."""
    told = Q(told_at__isnull=False)
    later = Alert.objects.filter(told, connection=OuterRef("connection"), pk__gt=OuterRef("pk"))
    untold_end = told & Q(resolved_at__isnull=False, end_told_at=None) & ~Exists(later)
    rows = Alert.objects.filter(
        Q(resolved_at=None) | untold_end, connection__in=list(connection_ids)
    )
    newest_last = rows.order_by("pk")
    return {alert.connection_id: alert for alert in newest_last}


def _stage(alert: Alert | None) -> AlertStage:
    if alert is None:
        return AlertStage.NONE
    if alert.resolved_at is not None:
        return AlertStage.OVER_TOLD
    return AlertStage.OPEN_TOLD if alert.told_at else AlertStage.OPEN_UNTOLD


def _drafts(found: _Found, decision: Decision) -> Iterable[Draft]:
    connection, watch, situation = found.connection, found.watch, found.situation
    for kind in decision.notices:
        match kind:
            case NoticeKind.STATE_CHANGED:
                yield drafts.state_changed(
                    connection, situation.told_status, found.check, situation.now
                )
            case NoticeKind.FLAPPING:
                yield drafts.flapping(connection, situation.changes, situation.now)
            case NoticeKind.SETTLED if watch.flapping_since:
                yield drafts.settled(connection, watch.flapping_since, situation.now)
            case NoticeKind.DOWNTIME_OPENED if found.alert:
                yield drafts.downtime_opened(connection, found.alert, found.check, situation.now)
            case NoticeKind.RECOVERED if found.alert:
                yield drafts.recovered(connection, found.alert)


def _remember(decisions: Sequence[tuple[_Found, Decision]], now: dt.datetime) -> None:
    alerts = []
    for found, decision in decisions:
        watch, alert = found.watch, found.alert
        watch.told_status = decision.told_status
        watch.look_at = decision.look_at
        watch.flapping_since = decision.flapping_since
        if alert is None:
            continue
        before = (alert.incident_id, alert.told_at, alert.end_told_at)
        if found.situation.silent_until is None:
            alert.incident_id = alert.incident_id or found.incident_id
        alert.told_at = now if decision.alert_known else alert.told_at
        alert.end_told_at = now if decision.end_known else alert.end_told_at
        if (alert.incident_id, alert.told_at, alert.end_told_at) != before:
            alerts.append(alert)
    _write(_WATCHES, [found.watch for found, _ in decisions])
    _write(_ALERTS, alerts)


def _write(statement: str, rows: Sequence[Model]) -> None:
    """As `bulk_update` does, in a twentieth of its time."""
    shown = [
        {field.attname: getattr(row, field.attname) for field in row._meta.fields} for row in rows
    ]
    if shown:
        rows_and_ids = {"rows": json.dumps(shown, default=str), "ids": [row.pk for row in rows]}
        execute(statement, rows_and_ids)
