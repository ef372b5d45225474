"""Our own way out: while it fails nobody is told that a provider is down, but our operators are.

It is judged from the calls that are made anyway, by the rules of `way_out.py`.
"""

import datetime as dt
from collections.abc import Collection
from uuid import UUID

from healthchecks import downtime
from healthchecks.statements import fetch
from incidents.calls import LOOKED_BACK, newest_calls, number_of_hosts
from incidents.models import IncidentCause, OwnOutage
from incidents.way_out import LEAST_HOSTS, find_loss, is_back

# After the end, for connections to be called again: so long no downtime counts yet.
SETTLED_AFTER = dt.timedelta(minutes=2)
# So long after a failure an incident waits for a call to another host, which shows whose fault it
# is; and without any call for so long, a few are made.
PATIENCE = dt.timedelta(seconds=30)

_OPEN_CIRCUITS = """
    SELECT connection_id, integration_id, circuit_open_until FROM connection_health
    WHERE downtime_started_at >= %(since)s AND circuit_state = 'open'
      AND circuit_open_until > now() AND last_failure_cause = ANY(%(causes)s)
"""
# One of each of some integrations: enough to see whether calls work again.
_A_FEW = f"""
SELECT connection_id FROM (
    SELECT DISTINCT ON (integration_id) * FROM ({_OPEN_CIRCUITS}) o
    ORDER BY integration_id, circuit_open_until
) first LIMIT 5
"""  # noqa: S608 - made of constants


def lasts() -> bool:
    """Whether our own way out fails now. One query."""
    return OwnOutage.objects.filter(ended_at=None).exists()


def newest_outage() -> OwnOutage | None:
    """Return the outage that lasts, else the last one. One query."""
    return OwnOutage.objects.order_by("-pk").first()


def watch(
    newest: OwnOutage | None, failing_hosts: Collection[str], now: dt.datetime
) -> tuple[OwnOutage | None, list[UUID]]:
    """Note when our own way out begins to fail, and when it is back.

    Return the newest outage, and the connections whose open circuits shall be tried. While it
    lasts, and a little longer, no downtime counts.
    """
    tried: list[UUID] = []
    if newest is not None and newest.ended_at is None:
        tried = _follow(newest, now)
    elif len(failing_hosts) >= LEAST_HOSTS:
        newest = _begin(now) or newest
    if newest and newest.lasts_at(now - SETTLED_AFTER):
        downtime.count_from_now()
    return newest, tried


def may_be_ours(host: str, since: dt.datetime, now: dt.datetime) -> bool:
    """Whether failures at one host, half of them since that moment, may still turn out to be our
    own. Two queries at most.

    They are the provider's when a call to another host worked since, when none was made for a
    while, and where too few hosts are called to tell.
    """
    if now > since + PATIENCE or number_of_hosts() < LEAST_HOSTS:
        return False
    others = newest_calls(now, well_at=now - LOOKED_BACK)
    return not any(c.worked and c.host != host and c.at >= since for c in others)


def _begin(now: dt.datetime) -> OwnOutage | None:
    loss = find_loss(newest_calls(now, well_at=now - LOOKED_BACK))
    if loss is None:
        return None
    return OwnOutage.objects.create(
        started_at=loss.since, noticed_at=now, connections=loss.connections, hosts=loss.hosts
    )


def _follow(outage: OwnOutage, now: dt.datetime) -> list[UUID]:
    since = {"since": outage.started_at, "causes": IncidentCause.values}
    calls = newest_calls(now, well_at=outage.started_at - LOOKED_BACK)
    calls = [call for call in calls if call.at >= outage.noticed_at]
    if is_back(calls):
        outage.ended_at = now
        outage.save(update_fields=["ended_at"])
        return _ids(_OPEN_CIRCUITS, since)
    lately = max((call.at for call in calls), default=outage.noticed_at)
    return _ids(_A_FEW, since) if now > lately + PATIENCE else []


def _ids(sql: str, parameters: dict[str, object]) -> list[UUID]:
    return [row[0] for row in fetch(sql, parameters)]
