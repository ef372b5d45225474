"""Incidents: noticed, followed and closed, by one look every few seconds.

Connections of an integration that begin to fail at about the same time, for the provider's or the
network's reasons, are one incident where that is no chance (`significance.py`). First comes the
question whether it is our own network that fails (`own_network.py`).
"""

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from healthchecks import trials
from healthchecks.statements import execute, fetch
from incidents import following, operators, own_network
from incidents.across_tenants import find_wider
from incidents.failing import BEGAN_TO_FAIL, SEEN, Failing, find_failing, span
from incidents.models import Incident
from incidents.significance import chance
from incidents.usual import LEAST_RATE, usual_rate

_LOCK = "SELECT pg_try_advisory_xact_lock(hashtext('incidents')), now()"

_SEEN = f"""
SELECT count(*) FROM connection_health h WHERE h.integration_id = %(integration)s AND {SEEN}
"""  # noqa: S608 - made of constants

# An integration that somebody is changing, or deleting, waits for the next look.
_OPEN = f"""
WITH free AS (
    SELECT id, provider FROM integrations WHERE id = ANY(%(integrations)s)
    ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
)
INSERT INTO incidents (id, tenant_id, integration_id, provider, cause, started_at, opened_at)
SELECT uuid_v7(), found.*, now() FROM (
    SELECT h.tenant_id, h.integration_id, free.provider,
           mode() WITHIN GROUP (ORDER BY h.last_failure_cause), min(h.downtime_started_at)
    FROM free JOIN connection_health h ON h.integration_id = free.id
    WHERE {BEGAN_TO_FAIL}
    GROUP BY 1, 2, 3
) found
ON CONFLICT DO NOTHING
"""  # noqa: S608 - made of constants

_WIDEN = """
UPDATE incidents SET wider = true, organisations = %(organisations)s
WHERE resolved_at IS NULL AND integration_id = ANY(%(integrations)s)
  AND (organisations IS NULL OR organisations < %(organisations)s)
"""


def watch() -> None:
    """Look once. Harmless when several look at once: one does."""
    with transaction.atomic():
        ours, now = fetch(_LOCK)[0]
        tried = _look(now) if ours else []
    trials.bring_forward(tried)
    operators.tell()


def _look(now: dt.datetime) -> list[UUID]:
    """Return whose open circuits shall be tried. Three queries where all is well."""
    before = own_network.newest_outage()
    parameters = span(now, trusted=before.ended_at if before else None)
    failing = find_failing(parameters)
    outage, tried = own_network.watch(before, {each.host for each in failing}, now)
    ours = outage is not None and outage.lasts_at(now)
    if failing and not ours:
        _open(failing, now, parameters)
    if Incident.objects.filter(resolved_at=None).exists():
        tried += following.follow(now, joining=not ours)
    return tried


def _open(failing: Collection[Failing], now: dt.datetime, parameters: Mapping[str, Any]) -> None:
    wider = find_wider(failing, now, parameters)
    together = {pk for each in wider for pk in each.integrations}
    found = [
        each.integration_id
        for each in failing
        if not each.has_incident
        and (each.integration_id in together or _is_no_chance(each, now, parameters))
        and not own_network.may_be_ours(each.host, each.half_since, now)
    ]
    if found:
        execute(_OPEN, {**parameters, "integrations": found})
    for each in wider:
        execute(
            _WIDEN,
            {"integrations": list(each.integrations), "organisations": each.organisations},
        )


def _is_no_chance(failing: Failing, now: dt.datetime, parameters: Mapping[str, Any]) -> bool:
    """Whether so many connections of one integration do not fail together by themselves."""
    if failing.number < settings.INCIDENT_MIN_CONNECTIONS:
        return False
    [(seen,)] = fetch(_SEEN, {**parameters, "integration": failing.integration_id})
    if chance(failing.number, seen, LEAST_RATE) >= settings.INCIDENT_SIGNIFICANCE:
        return False
    rate = usual_rate([failing.integration_id], now)
    return chance(failing.number, seen, rate) < settings.INCIDENT_SIGNIFICANCE
