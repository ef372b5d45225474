"""Which failures belong together: for whoever tells people, so that they hear of one thing once."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from django.conf import settings

from healthchecks.statements import fetch
from incidents.models import IncidentCause

_OPEN = """
SELECT h.connection_id, i.id
FROM connection_health h
JOIN incidents i ON i.integration_id = h.integration_id AND i.tenant_id = h.tenant_id
                AND i.resolved_at IS NULL
WHERE h.connection_id = ANY(%(ids)s)
  AND (EXISTS (SELECT FROM incident_connections a
               WHERE a.incident_id = i.id AND a.connection_id = h.connection_id)
       OR (h.downtime_started_at >= i.started_at AND h.last_failure_cause = ANY(%(causes)s)))
"""

# A minute is more than an incident takes to be noticed, across tenants too. What began while our
# own way out failed is given the time that a large integration's budget needs for all its trials.
_WAITING = """
WITH asked AS (
    SELECT connection_id, integration_id, downtime_started_at FROM connection_health
    WHERE connection_id = ANY(%(ids)s) AND last_failure_cause = ANY(%(causes)s)
), crowds AS MATERIALIZED (
    SELECT i.id FROM integrations i
    WHERE i.id IN (SELECT integration_id FROM asked)
      AND (i.provider <> '' OR %(least)s <= (
          SELECT count(*) FROM (
              SELECT FROM connection_health o
              WHERE o.integration_id = i.id AND o.due_at IS NOT NULL LIMIT %(least)s
          ) AS enough))
)
SELECT h.connection_id FROM asked h
WHERE h.downtime_started_at > now() - interval '1 minute'
      AND h.integration_id IN (SELECT id FROM crowds)
   OR EXISTS (
        SELECT FROM own_outages o
        WHERE h.downtime_started_at >= o.started_at
          AND (o.ended_at IS NULL OR h.downtime_started_at <= o.ended_at
                                     AND o.ended_at > now() - interval '15 minutes'))
"""


def open_incident_of(connection_ids: Iterable[UUID]) -> Mapping[UUID, UUID]:
    """Return, of these connections, the open incident of each that has one. One query.

    Those that it affects, recovered ones too, and those that began to fail in its time for such
    a cause and are not noted yet.
    """
    return dict(fetch(_OPEN, {"ids": list(connection_ids), "causes": IncidentCause.values}))


def may_become_incident(connection_ids: Iterable[UUID]) -> set[UUID]:
    """Return those of these connections whose failure may still turn out to be one of many, or our
    own, so that nobody should be told of it alone yet. One query."""
    parameters = {
        "ids": list(connection_ids),
        "causes": IncidentCause.values,
        "least": settings.INCIDENT_MIN_CONNECTIONS,
    }
    return {pk for (pk,) in fetch(_WAITING, parameters)}
