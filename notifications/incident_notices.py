"""Provider incidents: one notice when one opens, one when it is over, for all that it folds."""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from healthchecks.models import Alert
from incidents.models import Incident, IncidentCause, IncidentConnection
from notifications import incident_drafts as drafts
from notifications import outbox
from notifications.drafts import Draft
from notifications.models import Notice
from notifications.planning import publish
from notifications.silence import silent_among

# Until those that are still down at the end of an incident are told by themselves: most work again
# at their next check.
_LAST_TO_RECOVER = dt.timedelta(minutes=2)


def tell(now: dt.datetime) -> None:
    """Tell of incidents that opened or are over. One query where there is none.

    One whose connections are all silent waits until one of them is not, or until it is over.
    """
    rows = Incident.objects.filter(processed_at=None).order_by("pk")
    for pk in rows.values_list("pk", flat=True):
        _tell_of(pk, now)


@transaction.atomic
def _tell_of(incident_id: UUID, now: dt.datetime) -> None:
    rows = Incident.objects.select_related("integration", "tenant")
    locked = rows.select_for_update(no_key=True, skip_locked=True, of=("self",))
    incident = locked.filter(pk=incident_id, processed_at=None).first()
    if incident is None:
        return
    affected = IncidentConnection.objects.filter(incident=incident)
    connection_ids = list(affected.values_list("connection", flat=True))
    if incident.resolved_at is None:
        if len(silent_among(connection_ids)) == len(connection_ids):
            return
        _fold(incident, connection_ids)
        publish([drafts.opened(incident, _tags(incident), len(connection_ids))], now)
    else:
        publish(_resolved(incident, len(connection_ids)), now)
        down = affected.filter(recovered_at=None).values_list("connection", flat=True)
        outbox.look_at(connection_ids)
        outbox.look_at(list(down), after=_LAST_TO_RECOVER)
    Incident.objects.filter(pk=incident.pk).update(processed_at=now)


def _fold(incident: Incident, connection_ids: Sequence[UUID]) -> None:
    """Let it speak for the alerts of its connections."""
    alerts = Alert.objects.filter(connection__in=connection_ids, cause__in=IncidentCause.values)
    open_ones = alerts.filter(resolved_at=None, incident_id=None).order_by("connection")
    ids = list(open_ones.select_for_update(no_key=True).values_list("pk", flat=True))
    Alert.objects.filter(pk__in=ids).update(incident_id=incident.pk)


def _resolved(incident: Incident, count: int) -> list[Draft]:
    """Whoever was not told of its beginning does not hear of its end."""
    key = drafts.key_of_opened(incident.pk)
    if not Notice.objects.filter(tenant_id=incident.tenant_id, key=key).exists():
        return []
    return [drafts.resolved(incident, _tags(incident), count)]


def _tags(incident: Incident) -> frozenset[str]:
    rows = IncidentConnection.objects.filter(incident=incident)
    of_connections = rows.values_list("connection__tags", flat=True).distinct()
    return frozenset(
        [*incident.integration.tags, *(tag for tags in of_connections for tag in tags)]
    )
