"""Histories of connections, and what they come to by a plain reading of product.md."""

import datetime as dt
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from api.ids import id_at
from connections.models import Connection
from healthchecks.models import HealthCheck

HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)
Span = tuple[dt.datetime, dt.datetime]


def check_at(connection: Connection, at: dt.datetime, **fields: Any) -> HealthCheck:
    """A healthy check, made every 15 minutes; not saved."""
    usual = {
        "id": id_at(at - dt.timedelta(seconds=1)),
        "latency_ms": 156,
        "test_action_latency_ms": 145,
        "test_action_success": True,
        "interval_seconds": 900,
        "slots": 1,
        "status": "healthy",
        "outcome": "passed",
        "check_type": "scheduled",
        "credential_status": "active",
        "circuit_breaker_status": "closed",
    }
    return HealthCheck(
        tenant_id=connection.tenant_id, connection=connection, created_at=at, **(usual | fields)
    )


def failed_at(connection: Connection, at: dt.datetime, **fields: Any) -> HealthCheck:
    usual = {"status": "unhealthy", "outcome": "failed", "failure_cause": "provider"}
    return check_at(connection, at, **(usual | fields))


def random_history(
    connection: Connection, since: dt.datetime, until: dt.datetime, seed: int
) -> None:
    """Runs of successes and failures at changing intervals, with holes."""
    chance = random.Random(seed)  # noqa: S311 - tests
    interval, down, at, checks = 900, False, since, []
    while at < until:
        if chance.random() < 0.1:
            down = not down
        if chance.random() < 0.05:
            interval = chance.choice((60, 300, 900, 3600, 6 * 3600))
        fields: dict[str, Any] = {
            "interval_seconds": interval,
            "slots": chance.randint(0, 3),
            "test_action_latency_ms": chance.randint(1, 5000),
        }
        fields["slots_missed"] = chance.randint(0, fields["slots"])
        if chance.random() < 0.05:
            fields |= {"outcome": "inconclusive", "failure_cause": "rate_limited"}
        elif down and chance.random() < 0.1:
            fields |= {"status": "unhealthy"}  # passed, after three failures
        elif down:
            cause = chance.choice(("provider", "network"))
            fields |= {"outcome": "failed", "status": "unhealthy", "failure_cause": cause}
        fields["maintenance"] = chance.random() < 0.05
        checks.append(check_at(connection, at, **fields))
        pause = interval * (1 if chance.random() < 0.9 else chance.randint(2, 5))
        at += dt.timedelta(seconds=pause + chance.random() * 20)
    HealthCheck.objects.bulk_create(checks)


@dataclass(frozen=True)
class Reading:
    """Seconds observed and unhealthy, and the outages of a window, read check by check."""

    seconds: float
    unhealthy_seconds: float
    outages: Sequence[Span]


def read(connection: Connection, start: dt.datetime, now: dt.datetime) -> Reading:
    """Read the checks one after the other."""
    counts = ~Q(outcome="inconclusive") | Q(maintenance=True)
    rows = HealthCheck.objects.filter(counts, connection=connection, created_at__lt=now)
    checks = list(rows.order_by("created_at"))
    spans = []
    for check, following in zip(checks, [*checks[1:], None], strict=True):
        limit = check.created_at + 2 * dt.timedelta(seconds=check.interval_seconds)
        end = min(limit, now, following.created_at if following else now)
        if not check.maintenance:
            spans.append((check.created_at, end, check.status == "unhealthy"))
    outages: list[Span] = []
    for begun, end, is_unhealthy in spans:
        if is_unhealthy and outages and outages[-1][1] == begun:
            outages[-1] = (outages[-1][0], end)
        elif is_unhealthy:
            outages.append((begun, end))
    within = [
        ((end - max(begun, start)).total_seconds(), bad) for begun, end, bad in spans if end > start
    ]
    return Reading(
        seconds=sum(length for length, _ in within),
        unhealthy_seconds=sum(length for length, bad in within if bad),
        outages=[outage for outage in outages if outage[1] > start],
    )
