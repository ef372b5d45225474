"""How a connection fails: its outages, and the figures that follow from them.

An outage is a stretch in which a connection was observed unhealthy without a gap. It ends with the
first check that finds it otherwise, or when nothing is observed any more.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from healthchecks.held import held_and_stretches
from healthchecks.history import WHOSE, WHOSE_CHECKS, WINDOWS, Observed, Reach, Scope, observe
from healthchecks.statements import fetch
from healthchecks.status import FailureCause

MOST_EPISODES = 100

# One that reached the border of the statistics may go on beyond it, and into the window.
_OUTAGES = "WITH " + held_and_stretches(
    WHOSE, WHOSE_CHECKS, reached="ended_at >= least(%(oldest)s, %(since)s)"
)

_FIGURES = f"""
{_OUTAGES}
SELECT w.start, count(*),
       max(extract(epoch FROM ended_at - greatest(started_at, w.start)))::float,
       (avg(extract(epoch FROM ended_at - started_at)) FILTER (WHERE ended_at < %(until)s))::float
FROM stretches JOIN unnest(%(starts)s::timestamptz[]) AS w(start) ON ended_at > w.start
GROUP BY w.start
"""  # noqa: S608 - our own words

_EPISODES = f"""
{_OUTAGES}
SELECT started_at, CASE WHEN ended_at < %(until)s THEN ended_at END, cause, checks
FROM stretches WHERE ended_at > %(oldest)s ORDER BY started_at DESC LIMIT %(most)s
"""  # noqa: S608 - our own words


@dataclass(frozen=True, kw_only=True)
class Uptime:
    """One window of a connection; times in seconds, None where there was no outage.

    `mttr_seconds` is the mean length of the outages that ended, `mtbf_seconds` the observed time
    without `unhealthy` for each outage.
    """

    window: str
    uptime: float | None
    coverage: float | None
    downtime_seconds: int
    longest_outage_seconds: int | None
    mttr_seconds: int | None
    mtbf_seconds: int | None


@dataclass(frozen=True, kw_only=True)
class Episode:
    """One outage; `ended_at` None: it goes on. `checks` is how many failed."""

    started_at: dt.datetime
    ended_at: dt.datetime | None
    cause: FailureCause | None
    checks: int


def uptimes(scope: Scope, at: Reach) -> list[Uptime]:
    """Return the figures of a connection in each window. Two queries."""
    seen = observe(scope, at, WINDOWS.values())
    starts = {name: seen[length].since for name, length in WINDOWS.items()}
    rows = fetch(
        _FIGURES,
        {
            **scope.parameters,
            **at.rest,
            "starts": list(starts.values()),
            "oldest": min(starts.values()),
        },
    )
    figures = {start: (count, longest, mttr) for start, count, longest, mttr in rows}
    return [
        _uptime(name, seen[length], *figures.get(starts[name], (0, None, None)))
        for name, length in WINDOWS.items()
    ]


def episodes(scope: Scope, at: Reach, start: dt.datetime) -> Sequence[Episode]:
    """Return a connection's newest outages since `start`, the newest first. One query."""
    chosen = {**scope.parameters, **at.rest, "oldest": start, "most": MOST_EPISODES}
    return [
        Episode(
            started_at=started_at,
            ended_at=ended_at,
            cause=FailureCause(cause) if cause else None,
            checks=int(checks),
        )
        for started_at, ended_at, cause, checks in fetch(_EPISODES, chosen)
    ]


def _uptime(
    window: str, seen: Observed, outages: int, longest: float | None, mttr: float | None
) -> Uptime:
    healthy_seconds = seen.seconds - seen.unhealthy_seconds
    return Uptime(
        window=window,
        uptime=seen.uptime,
        coverage=seen.coverage,
        downtime_seconds=round(seen.unhealthy_seconds),
        longest_outage_seconds=None if longest is None else round(longest),
        mttr_seconds=None if mttr is None else round(mttr),
        mtbf_seconds=round(healthy_seconds / outages) if outages else None,
    )
