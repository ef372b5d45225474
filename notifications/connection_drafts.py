"""What notices of connections say: worded once, when they are made."""

import datetime as dt
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from api.answers import iso
from api.lengths import in_words
from connections.models import Connection
from connections.status import HealthStatus
from healthchecks.advice import SuggestedResolution, suggest
from healthchecks.errors import sentence
from healthchecks.models import Alert, HealthCheck
from healthchecks.status import Reason
from notifications.drafts import Draft, Facts, integration_data, shown_facts
from notifications.models import Notice
from notifications.status import NoticeKind, Severity

_MINUTE = dt.timedelta(minutes=1)
_OF_STATUS = {
    HealthStatus.HEALTHY: Severity.INFO,
    HealthStatus.DEGRADED: Severity.WARNING,
    HealthStatus.UNHEALTHY: Severity.CRITICAL,
}
_WHO = {
    "tenant": "whoever holds the account",
    "operator": "whoever runs Vitals, or the network",
    "developer": "whoever configured the integration",
    "provider": "the provider",
    "nobody": "nobody, for now",
}


def state_changed(
    connection: Connection, told: HealthStatus, check: HealthCheck | None, now: dt.datetime
) -> Draft:
    """`told` is what people took it for."""
    status = HealthStatus(connection.health.health_status)
    worst = max(told, status, key=list(HealthStatus).index)
    ends = status is HealthStatus.HEALTHY
    return _of_connection(
        connection,
        NoticeKind.STATE_CHANGED,
        key=f"change:{connection.pk}:{connection.health.last_health_check_id}:{told}:{status}",
        severity=_OF_STATUS[status],
        ends_severity=_OF_STATUS[worst] if ends else "",
        title=f"{_name(connection)} is {status.label.lower()}",
        text=f"It was {told.label.lower()} before.{'' if ends else _because(check)}",
        facts=[] if ends else _next_step(connection, check),
        data={"from": told.value, "to": status.value, **_cause(check)},
        at=connection.health.last_health_check_at or now,
    )


def flapping(connection: Connection, changes: int, now: dt.datetime) -> Draft:
    return _of_connection(
        connection,
        NoticeKind.FLAPPING,
        key=f"flapping:{connection.pk}:{iso(now)}",
        severity=Severity.WARNING,
        title=f"{_name(connection)} keeps changing",
        text=f"Its health changed {changes} times within an hour. You hear of it again when it"
        " has settled.",
        facts=[("Changes in the last hour", str(changes))],
        data={"changes": changes},
        at=now,
    )


def settled(connection: Connection, since: dt.datetime, now: dt.datetime) -> Draft:
    status = HealthStatus(connection.health.health_status)
    # Whoever was paged before it began can go: it is not down.
    ends = status is not HealthStatus.UNHEALTHY
    return _of_connection(
        connection,
        NoticeKind.SETTLED,
        key=f"settled:{connection.pk}:{iso(since)}",
        severity=_OF_STATUS[status],
        ends_severity=Severity.WARNING if ends else "",
        title=f"{_name(connection)} has settled: {status.label.lower()}",
        text=f"It had kept changing for {in_words(now - since)}.",
        facts=[],
        data={"status": status.value},
        at=now,
    )


def downtime_opened(
    connection: Connection, alert: Alert, check: HealthCheck | None, now: dt.datetime
) -> Draft:
    length = in_words(now - alert.downtime_started_at)
    return _of_connection(
        connection,
        NoticeKind.DOWNTIME_OPENED,
        key=f"downtime:{alert.pk}",
        severity=Severity.CRITICAL,
        title=f"{_name(connection)} is down",
        text=f"It has been down for {length}, {alert.consecutive_failures} checks in a row:"
        f" {sentence(alert.error_code)}",
        facts=[
            ("Failed checks in a row", str(alert.consecutive_failures)),
            *_next_step(connection, check, cause=alert.cause),
        ],
        data={
            "alertId": str(alert.pk),
            "downtimeStart": iso(alert.downtime_started_at),
            "consecutiveFailures": alert.consecutive_failures,
            "cause": alert.cause,
            "error": {"code": alert.error_code, "message": sentence(alert.error_code)},
        },
        since=alert.downtime_started_at,
        alert_id=alert.pk,
        at=alert.opened_at,
    )


def recovered(connection: Connection, alert: Alert) -> Draft:
    over = alert.resolved_at or alert.opened_at
    length = over - alert.downtime_started_at
    works = connection.health.due_at is not None
    return _of_connection(
        connection,
        NoticeKind.RECOVERED,
        key=f"recovery:{alert.pk}",
        severity=Severity.INFO,
        ends_severity=Severity.CRITICAL,
        title=f"{_name(connection)} works again"
        if works
        else f"{_name(connection)} is no longer checked",
        text=f"It was down for {in_words(length)}."
        if works
        else f"Its alert was closed after {in_words(length)}, because nothing checks it now.",
        facts=[("Down for", in_words(length))],
        data={
            "alertId": str(alert.pk),
            "downtimeStart": iso(alert.downtime_started_at),
            "downtimeSeconds": round(length.total_seconds()),
            "isChecked": works,
        },
        since=alert.downtime_started_at,
        alert_id=alert.pk,
        at=over,
    )


def credential_expiring(
    connection: Connection, expires_at: dt.datetime, ahead: dt.timedelta, now: dt.datetime
) -> Draft:
    """`ahead` is which of the notices it is."""
    severity = Severity.INFO
    if ahead <= dt.timedelta(days=1):
        severity = Severity.CRITICAL if ahead <= dt.timedelta(hours=1) else Severity.WARNING
    # The tick comes some seconds late: these are still seven days.
    left = in_words(_MINUTE * round((expires_at - now) / _MINUTE))
    return _of_connection(
        connection,
        NoticeKind.CREDENTIAL_EXPIRING,
        key=f"expiry:{connection.pk}:{iso(expires_at)}:{round(ahead.total_seconds())}",
        severity=severity,
        title=f"The credential of {_name(connection)} expires in {left}",
        text="Enter a new one before it does, or every call with it will fail.",
        facts=[("Expires at", expires_at), ("Next step", "Enter a new credential.")],
        data={"expiresAt": iso(expires_at), "aheadSeconds": round(ahead.total_seconds())},
        about=f"credential:{connection.pk}",
        at=now,
    )


def needs_reauth(connection: Connection, now: dt.datetime) -> Draft:
    """Of a connection whose credential says since when nobody was told."""
    since = connection.credential.reauth_untold_since or now
    return _of_connection(
        connection,
        NoticeKind.NEEDS_REAUTH,
        key=f"reauth:{connection.pk}:{iso(since)}",
        severity=Severity.CRITICAL,
        title=f"{_name(connection)} must be authorised again",
        text="The provider has ended this authorisation, so every call with it fails.",
        facts=[("Next step", "Authorise again, or enter a new credential.")],
        data={},
        at=now,
    )


def _of_connection(
    connection: Connection,
    kind: NoticeKind,
    *,
    key: str,
    severity: Severity,
    title: str,
    text: str,
    facts: Facts,
    data: Mapping[str, Any],
    at: dt.datetime,
    ends_severity: str = "",
    since: dt.datetime | None = None,
    about: str = "",
    alert_id: UUID | None = None,
) -> Draft:
    integration = connection.integration
    known: list[tuple[str, str | dt.datetime]] = [
        ("Connection", connection.name),
        ("Integration", integration.name),
    ]
    if since is not None:
        known.append(("Since", since))
    return Draft(
        notice=Notice(
            tenant_id=connection.tenant_id,
            key=key,
            kind=kind,
            severity=severity,
            ends=bool(ends_severity),
            ends_severity=ends_severity,
            about=about or f"connection:{connection.pk}",
            title=title,
            text=text,
            path=f"/connections/{connection.pk}",
            facts=shown_facts([*known, *facts]),
            data={
                "connection": {"id": str(connection.pk), "name": connection.name},
                "integration": integration_data(integration),
                **data,
            },
            connection=connection,
            integration=integration,
            alert_id=alert_id,
            at=at,
        ),
        tags=frozenset([*connection.tags, *integration.tags]),
    )


def _name(connection: Connection) -> str:
    return f"{connection.name} ({connection.integration.name})"


def _because(check: HealthCheck | None) -> str:
    """The error, else the reasons: slow, limited, about to expire."""
    if check and check.error_code:
        return f" {sentence(check.error_code)}"
    reasons = check.reasons or [] if check else []
    return "".join(f" {Reason(reason).label}." for reason in reasons)


def _cause(check: HealthCheck | None) -> dict[str, Any]:
    code = check.error_code if check else None
    return {
        "cause": check.failure_cause if check else None,
        "reasons": list(check.reasons or []) if check else [],
        "error": {"code": code, "message": sentence(code)} if code else None,
    }


def _next_step(
    connection: Connection, check: HealthCheck | None, *, cause: str | None = None
) -> list[tuple[str, str | dt.datetime]]:
    advice: SuggestedResolution | None = suggest(
        (check.failure_cause if check else None) or cause,
        (check.reasons if check else None) or [],
        connection.integration.provider,
    )
    if advice is None:
        return []
    page = f" {advice['url']}" if "url" in advice else ""
    return [("Who can act", _WHO[advice["who"]]), ("Next step", advice["text"] + page)]
