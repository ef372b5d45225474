"""How an incident went: how many connections failed when, and what happened in between."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils import timezone

from healthchecks.statements import fetch
from incidents.models import Incident

# Between two points: the first of these of which a hundred reach from end to end.
_STEPS = [
    dt.timedelta(seconds=seconds)
    for seconds in (1, 5, 15, 60, 300, 900, 3_600, 4 * 3_600, 24 * 3_600)
]
_MOST_POINTS = 100

_STEPS_TAKEN = """
SELECT date_bin(%(step)s, at, %(start)s) AS begins,
       min(at) FILTER (WHERE failed), count(*) FILTER (WHERE failed),
       min(at) FILTER (WHERE NOT failed), count(*) FILTER (WHERE NOT failed)
FROM (
    SELECT failed_at AS at, true AS failed FROM incident_connections
    WHERE incident_id = %(incident)s
    UNION ALL
    SELECT recovered_at, false FROM incident_connections
    WHERE incident_id = %(incident)s AND recovered_at IS NOT NULL
) changes GROUP BY begins ORDER BY begins
"""


class EventKind(TextChoices):
    OPENED = "opened", "Opened"
    JOINED = "joined", "Joined"
    RECOVERED = "recovered", "Recovered"
    ACKNOWLEDGED = "acknowledged", "Acknowledged"
    RESOLVED = "resolved", "Resolved"


@dataclass(frozen=True, kw_only=True)
class Point:
    """How many connections were down at a moment."""

    at: dt.datetime
    down: int


@dataclass(frozen=True, kw_only=True)
class Event:
    """What happened from `at` on, to `count` connections within one step; None: it is not about
    connections."""

    at: dt.datetime
    kind: EventKind
    count: int | None


@dataclass(frozen=True, kw_only=True)
class IncidentTimeline:
    """Oldest first; at most some hundred of each."""

    points: Sequence[Point]
    events: Sequence[Event]


@dataclass(frozen=True, kw_only=True)
class _Step:
    """One stretch in which connections failed or recovered: how many, and the first of them."""

    begins: dt.datetime
    failed_at: dt.datetime | None
    failed: int
    recovered_at: dt.datetime | None
    recovered: int


def timeline(incident: Incident) -> IncidentTimeline:
    """Return how an incident went. One query.

    A connection that recovered and failed again counts as down for all of that time.
    """
    end = incident.resolved_at or timezone.now()
    length = max(end - incident.started_at, dt.timedelta())
    step = next((s for s in _STEPS if length <= s * _MOST_POINTS), _STEPS[-1])
    rows = fetch(
        _STEPS_TAKEN, {"incident": incident.pk, "start": incident.started_at, "step": step}
    )
    names = tuple(_Step.__dataclass_fields__)
    steps = [_Step(**dict(zip(names, row, strict=True))) for row in rows]
    events = sorted((*_of_incident(incident, steps), *_of_steps(incident, steps)), key=_order)
    return IncidentTimeline(points=_points(steps, step, end), events=events)


def _order(event: Event) -> tuple[dt.datetime, int]:
    return event.at, list(EventKind).index(event.kind)


def _points(steps: Iterable[_Step], step: dt.timedelta, end: dt.datetime) -> list[Point]:
    points, down = [], 0
    for taken in steps:
        down += taken.failed - taken.recovered
        points.append(Point(at=min(taken.begins + step, end), down=down))
    if points and points[-1].at < end:
        points.append(Point(at=end, down=down))
    return points


def _of_incident(incident: Incident, steps: Iterable[_Step]) -> Iterable[Event]:
    before = sum(each.failed for each in steps if each.begins <= incident.opened_at)
    yield Event(at=incident.opened_at, kind=EventKind.OPENED, count=before)
    if incident.acknowledged_at:
        yield Event(at=incident.acknowledged_at, kind=EventKind.ACKNOWLEDGED, count=None)
    if incident.resolved_at:
        yield Event(at=incident.resolved_at, kind=EventKind.RESOLVED, count=None)


def _of_steps(incident: Incident, steps: Iterable[_Step]) -> Iterable[Event]:
    for each in steps:
        if each.failed_at and each.begins > incident.opened_at:
            yield Event(at=each.failed_at, kind=EventKind.JOINED, count=each.failed)
        if each.recovered_at:
            yield Event(at=each.recovered_at, kind=EventKind.RECOVERED, count=each.recovered)
