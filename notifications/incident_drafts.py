"""What notices of provider incidents say."""

import datetime as dt
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from api.answers import iso
from api.lengths import in_words
from incidents.models import Incident
from integrations.catalogue import providers
from notifications.drafts import Draft, Facts, integration_data, shown_facts
from notifications.models import Notice
from notifications.status import NoticeKind, Severity


def key_of_opened(incident_id: UUID) -> str:
    return f"incident-opened:{incident_id}"


def opened(incident: Incident, tags: frozenset[str], count: int) -> Draft:
    """`count` of its connections fail by now."""
    wider = " Other organisations have the same trouble." if incident.wider else ""
    return _of_incident(
        incident,
        NoticeKind.INCIDENT_OPENED,
        key=key_of_opened(incident.pk),
        severity=Severity.CRITICAL,
        title=f"{incident.integration.name}: {_connections(count)} fail at the same time",
        text=f"This looks like trouble of the provider or on the way there.{wider} You hear of it"
        " once for all of them, and again when it is over.",
        facts=[("Connections affected", str(count)), *_status_page(incident)],
        data={"connectionsAffected": count, "wider": incident.wider, "cause": incident.cause},
        tags=tags,
        at=incident.opened_at,
    )


def resolved(incident: Incident, tags: frozenset[str], count: int) -> Draft:
    """`count` connections were affected."""
    over = incident.resolved_at or incident.opened_at
    length = in_words(over - incident.started_at)
    return _of_incident(
        incident,
        NoticeKind.INCIDENT_RESOLVED,
        key=f"incident-resolved:{incident.pk}",
        severity=Severity.INFO,
        ends_severity=Severity.CRITICAL,
        title=f"{incident.integration.name} works again",
        text=f"{_connections(count)} had failed; it lasted {length}.",
        facts=[("Connections affected", str(count)), ("Lasted", length)],
        data={
            "connectionsAffected": count,
            "downtimeSeconds": round((over - incident.started_at).total_seconds()),
        },
        tags=tags,
        at=over,
    )


def _of_incident(
    incident: Incident,
    kind: NoticeKind,
    *,
    key: str,
    severity: Severity,
    title: str,
    text: str,
    facts: Facts,
    data: Mapping[str, Any],
    tags: frozenset[str],
    at: dt.datetime,
    ends_severity: str = "",
) -> Draft:
    known: Facts = [
        ("Integration", incident.integration.name),
        ("Since", incident.started_at),
    ]
    return Draft(
        notice=Notice(
            tenant_id=incident.tenant_id,
            key=key,
            kind=kind,
            severity=severity,
            ends=bool(ends_severity),
            ends_severity=ends_severity,
            about=f"incident:{incident.pk}",
            title=title,
            text=text,
            path=f"/incidents/{incident.pk}",
            facts=shown_facts([*known, *facts]),
            data={
                "incidentId": str(incident.pk),
                "integration": integration_data(incident.integration),
                "startedAt": iso(incident.started_at),
                **data,
            },
            integration=incident.integration,
            incident_id=incident.pk,
            at=at,
        ),
        tags=tags,
    )


def _connections(count: int) -> str:
    return f"{count:,} connection{'' if count == 1 else 's'}"


def _status_page(incident: Incident) -> list[tuple[str, str | dt.datetime]]:
    known = providers().get(incident.integration.provider)
    return [("Status page", known.status_page)] if known and known.status_page else []
