"""The words of telling people: what happened, how bad it is, and what became of a delivery."""

from collections.abc import Mapping, Sequence

from django.db.models import TextChoices


class Event(TextChoices):
    """What a channel subscribes to."""

    STATE_CHANGE = "state_change", "State change"
    DOWNTIME = "downtime", "Downtime"
    RECOVERY = "recovery", "Recovery"
    EXPIRY = "expiry", "Expiry"
    INCIDENT = "incident", "Provider incident"
    NEEDS_REAUTH = "needs_reauth", "Needs re-authentication"


class Severity(TextChoices):
    """The mildest first."""

    INFO = "info", "Info"
    WARNING = "warning", "Warning"
    CRITICAL = "critical", "Critical"

    @property
    def rank(self) -> int:
        return list(Severity).index(self)


class NoticeKind(TextChoices):
    STATE_CHANGED = "state_changed", "State changed"
    FLAPPING = "flapping", "Keeps changing"
    SETTLED = "settled", "Settled"
    DOWNTIME_OPENED = "downtime_opened", "Down"
    RECOVERED = "recovered", "Recovered"
    CREDENTIAL_EXPIRING = "credential_expiring", "Credential expires"
    NEEDS_REAUTH = "needs_reauth", "Needs re-authentication"
    INCIDENT_OPENED = "incident_opened", "Incident opened"
    INCIDENT_RESOLVED = "incident_resolved", "Incident resolved"
    CHANNEL_DISABLED = "channel_disabled", "Channel disabled"

    @property
    def events(self) -> Sequence[Event]:
        """The events that bring it: its own first, then those whose notice it replaces."""
        return _EVENTS[self]


_EVENTS: Mapping[NoticeKind, Sequence[Event]] = {
    NoticeKind.STATE_CHANGED: (Event.STATE_CHANGE,),
    NoticeKind.FLAPPING: (Event.STATE_CHANGE, Event.DOWNTIME),
    NoticeKind.SETTLED: (Event.STATE_CHANGE, Event.DOWNTIME),
    NoticeKind.DOWNTIME_OPENED: (Event.DOWNTIME,),
    NoticeKind.RECOVERED: (Event.RECOVERY,),
    NoticeKind.CREDENTIAL_EXPIRING: (Event.EXPIRY,),
    NoticeKind.NEEDS_REAUTH: (Event.NEEDS_REAUTH, Event.DOWNTIME, Event.STATE_CHANGE),
    NoticeKind.INCIDENT_OPENED: (Event.INCIDENT, Event.DOWNTIME),
    NoticeKind.INCIDENT_RESOLVED: (Event.INCIDENT, Event.RECOVERY),
    NoticeKind.CHANNEL_DISABLED: (),  # goes to the admins, whatever channels there are
}


class DeliveryState(TextChoices):
    PENDING = "pending", "Pending"
    DELIVERED = "delivered", "Delivered"
    FAILED = "failed", "Failed"
