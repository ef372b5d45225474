"""Which connections began to fail of late: the SQL that all of detection shares.

Of rows `h` of connection_health, with the parameters of `span`. A check that is made less often
sees the same outage later: so a connection's own interval, an hour at most, lengthens the window.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings

from healthchecks.statements import fetch
from incidents.calls import HOST
from incidents.models import IncidentCause
from maintenance.covering import covered

_LONGEST_INTERVAL = dt.timedelta(hours=1)
_ITS_WINDOW = """%(now)s - %(window)s
    - least(make_interval(secs => h.interval_seconds), %(longest)s)"""

_IS_YOUNG = f"h.downtime_started_at > greatest(%(trusted)s, {_ITS_WINDOW})"

# The first comparison is for the index of downtimes. What began while our own way out failed says
# nothing: `trusted` is when that was over. In maintenance failures are expected.
BEGAN_TO_FAIL = f"""h.downtime_started_at > %(now)s - %(window)s - %(longest)s
    AND {_IS_YOUNG} AND h.due_at IS NOT NULL AND h.last_failure_cause = ANY(%(causes)s)
    AND NOT EXISTS (SELECT FROM connections c WHERE c.id = h.connection_id AND {covered("c")})"""

# Those that could have begun to: not who has been failing for longer.
SEEN = f"""h.due_at IS NOT NULL AND h.last_health_check_at > {_ITS_WINDOW}
    AND (h.downtime_started_at IS NULL OR {_IS_YOUNG})"""

_FAILING = f"""
SELECT i.id, i.tenant_id, i.provider, i.base_url, {HOST}, failing.number, failing.half_since,
       EXISTS (SELECT FROM incidents x WHERE x.integration_id = i.id AND x.resolved_at IS NULL)
FROM (
    SELECT h.integration_id, count(*) AS number,
           percentile_disc(0.5) WITHIN GROUP (ORDER BY h.downtime_started_at) AS half_since
    FROM connection_health h WHERE {BEGAN_TO_FAIL} GROUP BY 1
) failing JOIN integrations i ON i.id = failing.integration_id
"""  # noqa: S608 - made of constants


def span(now: dt.datetime, *, trusted: dt.datetime | None) -> dict[str, Any]:
    return {
        "now": now,
        "window": settings.INCIDENT_WINDOW,
        "longest": _LONGEST_INTERVAL,
        "trusted": trusted,
        "causes": IncidentCause.values,
    }


@dataclass(frozen=True, kw_only=True)
class Failing:
    """An integration of which connections began to fail: how many, half of them `half_since`."""

    integration_id: UUID
    tenant_id: UUID
    provider: str
    base_url: str
    host: str
    number: int
    half_since: dt.datetime
    has_incident: bool


def find_failing(parameters: Mapping[str, Any]) -> list[Failing]:
    """Return the integrations of all tenants of which connections began to fail. One query, a scan
    of the young downtimes."""
    names = tuple(Failing.__dataclass_fields__)
    rows = fetch(_FAILING, parameters)
    return [Failing(**dict(zip(names, row, strict=True))) for row in rows]
