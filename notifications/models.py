"""Who is told of what: channels, notices, and the deliveries that bring the ones to the others."""

import datetime as dt
from collections.abc import Mapping
from zoneinfo import ZoneInfo

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Now

from api.ids import new_id, time_of
from api.names import validate_name
from connections.encryption import Secret, decrypt, encrypt
from connections.models import Connection
from connections.status import HealthStatus
from integrations.models import Integration
from notifications.backoff import is_hopeless
from notifications.rules import QuietHours
from notifications.status import DeliveryState, Event, NoticeKind, Severity
from tenants.models import Membership, Tenant

DEFAULT_EVENTS = [event.value for event in Event if event != Event.STATE_CHANGE]
ADMINS = "admins"  # the kind of the channel that Vitals itself writes to


def default_events() -> list[str]:
    return list(DEFAULT_EVENTS)


class ChannelQuerySet(models.QuerySet["NotificationChannel"]):
    def of_people(self) -> "ChannelQuerySet":
        """Those that somebody made, and sees."""
        return self.exclude(kind=ADMINS)

    def told(self) -> "ChannelQuerySet":
        """Those that get notices now."""
        return self.of_people().filter(enabled=True, disabled_at=None)


class NotificationChannel(models.Model):
    """Where notices go, and which of them.

    `config` holds what may be seen, by field; `encrypted_secrets` the rest, by the names in
    `secret_fields`, None where there are none. Empty `integration_ids` and `tags`: all. While
    `lease_until` lies ahead a worker sends; after a failure nothing is sent before `next_try_at`.
    `failing_since` is the first failure since the last success; `disabled_at` is set where that
    lasted too long.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+", db_index=False)
    name = models.CharField(max_length=200, validators=[validate_name])
    kind = models.CharField(max_length=30)
    enabled = models.BooleanField(default=True)
    config = models.JSONField(default=dict)
    encrypted_secrets = models.BinaryField(null=True)
    secret_fields = ArrayField(models.CharField(max_length=60), default=list, editable=False)
    events = ArrayField(
        models.CharField(max_length=20, choices=Event.choices), default=default_events
    )
    integration_ids = ArrayField(models.UUIDField(), default=list, blank=True)
    tags = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    minimum_severity = models.CharField(
        max_length=10, choices=Severity.choices, default=Severity.INFO
    )
    quiet_start = models.TimeField(null=True, blank=True)
    quiet_end = models.TimeField(null=True, blank=True)
    quiet_time_zone = models.CharField(max_length=60, blank=True, default="")
    reminder_minutes = models.PositiveIntegerField(
        null=True, blank=True, validators=[MinValueValidator(5), MaxValueValidator(10_080)]
    )
    lease_id = models.UUIDField(null=True, editable=False)
    lease_until = models.DateTimeField(null=True, editable=False)
    next_try_at = models.DateTimeField(null=True, editable=False)
    failures = models.PositiveIntegerField(default=0, editable=False)
    failing_since = models.DateTimeField(null=True, editable=False)
    # A code and a fixed sentence; nothing that the other side said.
    error_code = models.CharField(max_length=40, blank=True, default="", editable=False)
    error_text = models.CharField(max_length=300, blank=True, default="", editable=False)
    last_delivered_at = models.DateTimeField(null=True, editable=False)
    disabled_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ChannelQuerySet.as_manager()

    # What a delivery changes of its channel.
    CONDITION = (
        "failures",
        "failing_since",
        "next_try_at",
        "error_code",
        "error_text",
        "last_delivered_at",
        "disabled_at",
    )

    class Meta:
        db_table = "notification_channels"
        constraints = (
            models.UniqueConstraint(
                fields=("tenant",), condition=models.Q(kind=ADMINS), name="one_channel_to_admins"
            ),
        )
        # The tenant's channels, newest first.
        indexes = (models.Index(fields=("tenant", "-id"), name="notification_channels_tenant"),)

    def __str__(self) -> str:
        return self.name

    @property
    def quiet_hours(self) -> QuietHours | None:
        if self.quiet_start is None or self.quiet_end is None:
            return None
        return QuietHours(
            start=self.quiet_start, end=self.quiet_end, zone=ZoneInfo(self.quiet_time_zone)
        )

    @quiet_hours.setter
    def quiet_hours(self, hours: QuietHours | None) -> None:
        self.quiet_start, self.quiet_end = (hours.start, hours.end) if hours else (None, None)
        self.quiet_time_zone = hours.zone.key if hours else ""

    def enter_secrets(self, secrets: Mapping[str, str]) -> None:
        """Encrypt these for this channel alone. Does not save."""
        self.secret_fields = sorted(secrets)
        self.encrypted_secrets = encrypt(dict(secrets), place=self._place) if secrets else None

    def secrets(self) -> Mapping[str, str]:
        """Raises DecryptionError."""
        if self.encrypted_secrets is None:
            return Secret({})
        return decrypt(bytes(self.encrypted_secrets), place=self._place)

    def reseal(self) -> None:
        """Encrypt the secrets with the newest key. Does not save. Raises DecryptionError."""
        self.enter_secrets(self.secrets())

    def start_anew(self) -> None:
        """Forget failures. Does not save."""
        self.failures = 0
        self.failing_since = self.next_try_at = None
        self.error_code = self.error_text = ""

    def note_success(self, now: dt.datetime) -> None:
        """Does not save."""
        self.start_anew()
        self.last_delivered_at = now

    def note_failure(self, code: str, text: str, now: dt.datetime) -> None:
        """Does not save."""
        self.failures += 1
        self.failing_since = self.failing_since or now
        self.error_code, self.error_text = code, text

    def is_hopeless(self, now: dt.datetime) -> bool:
        """Whether it is to be disabled after a failure that was permanent."""
        return self.failing_since is not None and is_hopeless(
            self.failing_since, self.failures, now
        )

    @property
    def _place(self) -> str:
        return f"notification_channels.secrets:{self.pk}:{self.kind}"


class Notice(models.Model):
    """One thing to tell a tenant: it exists once, by its key, and is worded once.

    `about` is what it speaks of, alike for a downtime and its recovery; `ends` that it tells the
    end. `ends_severity` is how bad that was: rules ask for it in place of the severity.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(max_length=200)
    kind = models.CharField(max_length=30, choices=NoticeKind.choices)
    severity = models.CharField(max_length=10, choices=Severity.choices)
    ends = models.BooleanField(default=False)
    ends_severity = models.CharField(max_length=10, choices=Severity.choices, blank=True)
    about = models.CharField(max_length=80)
    title = models.CharField(max_length=500)
    text = models.TextField()
    path = models.CharField(max_length=200)
    facts = models.JSONField(default=list)
    data = models.JSONField(default=dict)
    connection = models.ForeignKey(
        Connection, null=True, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    integration = models.ForeignKey(
        Integration, null=True, on_delete=models.CASCADE, related_name="+"
    )
    alert_id = models.UUIDField(null=True)
    incident_id = models.UUIDField(null=True)
    at = models.DateTimeField()

    class Meta:
        db_table = "notices"
        constraints = (models.UniqueConstraint(fields=("tenant", "key"), name="each_notice_once"),)
        indexes = (
            # The bell: the tenant's notices, newest first.
            models.Index(fields=("tenant", "-id"), name="notices_tenant"),
            # What was told of a connection, and what goes with it.
            models.Index(fields=("connection", "-id"), name="notices_connection"),
        )

    def __str__(self) -> str:
        return self.title

    @property
    def event(self) -> Event | None:
        events = NoticeKind(self.kind).events
        return events[0] if events else None


class NoticesRead(models.Model):
    """Up to which notice a member has read."""

    member = models.OneToOneField(
        Membership, primary_key=True, on_delete=models.CASCADE, related_name="+"
    )
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")
    up_to = models.UUIDField()

    class Meta:
        db_table = "notices_read"

    def __str__(self) -> str:
        return f"Read up to {self.up_to}"


class NotificationDelivery(models.Model):
    """One notice to one channel; `reminder` counts from 1 where it is told again.

    Several that go out in one message share its `message_id`, which is set before the first
    attempt and stays: whoever receives a message twice knows it by that. `held` waited for the end
    of quiet hours.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+", db_index=False)
    channel = models.ForeignKey(
        NotificationChannel, on_delete=models.CASCADE, related_name="deliveries", db_index=False
    )
    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="deliveries")
    reminder = models.PositiveIntegerField(default=0)
    state = models.CharField(
        max_length=10, choices=DeliveryState.choices, default=DeliveryState.PENDING
    )
    held = models.BooleanField(default=False)
    due_at = models.DateTimeField(db_default=Now())
    message_id = models.UUIDField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    last_attempt_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    error_code = models.CharField(max_length=40, blank=True, default="")
    error_text = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        db_table = "notification_deliveries"
        verbose_name_plural = "notification deliveries"
        constraints = (
            models.UniqueConstraint(
                fields=("channel", "notice", "reminder"), name="each_delivery_once"
            ),
        )
        indexes = (
            # The tenant's log, newest first; and a channel's.
            models.Index(fields=("tenant", "-id"), name="deliveries_tenant"),
            models.Index(fields=("channel", "-id"), name="deliveries_channel"),
            # What is still to be sent.
            models.Index(
                fields=("due_at", "channel"),
                name="deliveries_pending",
                condition=models.Q(state=DeliveryState.PENDING),
            ),
        )

    def __str__(self) -> str:
        return f"{self.notice} to {self.channel}"

    @property
    def created_at(self) -> dt.datetime:
        return time_of(self.pk)


class ConnectionWatch(models.Model):
    """What was told of a connection last, and when to look at it again; None: when it changes.

    Told is what a person would believe now. What happens in silence (muted, in maintenance, within
    an incident, while it keeps changing) changes nothing here, so afterwards only what differs is
    told.
    """

    connection = models.OneToOneField(
        Connection, primary_key=True, on_delete=models.CASCADE, related_name="+"
    )
    tenant = models.ForeignKey(
        Tenant, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    told_status = models.CharField(max_length=12, choices=HealthStatus.choices)
    look_at = models.DateTimeField(null=True)
    flapping_since = models.DateTimeField(null=True)

    class Meta:
        db_table = "connection_watches"
        verbose_name_plural = "connection watches"
        # The sweep: what is to be looked at.
        indexes = (
            models.Index(
                fields=("look_at",),
                name="connection_watches_look",
                condition=models.Q(look_at__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"{self.connection_id}: {self.told_status}"


class ExpiryForecast(models.Model):
    """How far people know of a credential's end. `seen_at` is when Vitals heard of this end: its
    life is counted from there. `told_ahead` is the last notice's, in seconds; None: none."""

    connection = models.OneToOneField(
        Connection, primary_key=True, on_delete=models.CASCADE, related_name="+"
    )
    tenant = models.ForeignKey(
        Tenant, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    expires_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    told_ahead = models.PositiveIntegerField(null=True)

    class Meta:
        db_table = "expiry_forecasts"

    def __str__(self) -> str:
        return f"{self.connection_id} until {self.expires_at}"
