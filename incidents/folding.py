"""Which failures belong together: for whoever tells people, so that they hear of one thing once."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from healthchecks.models import Alert
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

# Until then a failure may still turn out to be one of many.
_WAITING = """
SELECT h.connection_id
FROM connection_health h JOIN integrations i ON i.id = h.integration_id
WHERE h.connection_id = ANY(%(ids)s)
  AND h.downtime_started_at > now() - interval '60 seconds'
  AND h.last_failure_cause = ANY(%(causes)s)
  AND (i.provider <> '' OR %(least)s <= (
      SELECT count(*) FROM (
          SELECT FROM connection_health o
          WHERE o.integration_id = h.integration_id AND o.due_at IS NOT NULL LIMIT %(least)s
      ) AS few))
"""

_OF_ALERTS = """
SELECT DISTINCT ON (a.id) a.id, i.id
FROM alerts a
JOIN incident_connections c ON c.connection_id = a.connection_id
JOIN incidents i ON i.id = c.incident_id
WHERE a.id = ANY(%(ids)s)
  AND c.failed_at <= coalesce(a.resolved_at, now())
  AND coalesce(c.recovered_at, i.resolved_at, now()) >= a.downtime_started_at
ORDER BY a.id, i.id DESC
"""


def open_incident_of(connection_ids: Iterable[UUID]) -> Mapping[UUID, UUID]:
    """Return, of these connections, the open incident of each that has one. One query.

    Those that it affects, recovered ones too, and those that began to fail in its time for such
    a cause and are not noted yet.
    """
    return dict(fetch(_OPEN, {"ids": list(connection_ids), "causes": IncidentCause.values}))


def may_become_incident(connection_ids: Iterable[UUID]) -> set[UUID]:
    """Return those of these connections whose failure may still turn out to be one of many, so
    that nobody should be told of it alone. One query; a minute later it is empty."""
    parameters = {"ids": list(connection_ids), "causes": IncidentCause.values, "least": 3}
    return {pk for (pk,) in fetch(_WAITING, parameters)}


def incidents_of(alerts: Iterable[Alert]) -> Mapping[UUID, UUID]:
    """Return the incident in whose time each of these alerts' downtimes fell. One query."""
    return dict(fetch(_OF_ALERTS, {"ids": [alert.pk for alert in alerts]}))
