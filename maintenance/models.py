"""Maintenance windows: times in which checks go on, tell nobody, and do not count."""

import datetime as dt
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone

from api.ids import new_id
from api.names import validate_name
from maintenance.recurrence import MAX_RULE, MOST_MINUTES, Occurrence, Schedule
from tenants.models import Tenant

MOST_NAMED = 500  # integrations, or connections, of one window
MOST_TAGS = 50


class WindowState(models.TextChoices):
    ACTIVE = "active", "Active"
    UPCOMING = "upcoming", "Upcoming"
    OVER = "over", "Over"


class MaintenanceWindow(models.Model):
    """When whose checks are in maintenance.

    It covers the connections named, those of the integrations named, and those that have one of
    the tags or whose integration has; where nothing is named, all of the tenant's.
    `current_starts_at` and `current_ends_at` are of the occurrence that goes on or comes next, so
    none begins late; None: it never occurs again. A task goes on to the one after
    (`edits.go_on`).
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=200, validators=[validate_name])
    starts_at = models.DateTimeField("starts at (UTC)")
    duration_minutes = models.PositiveIntegerField(
        validators=[MinValueValidator(1), MaxValueValidator(MOST_MINUTES)]
    )
    time_zone = models.CharField(max_length=60, default="UTC")
    rrule = models.CharField(
        "recurrence rule",
        max_length=MAX_RULE,
        blank=True,
        help_text="As in iCalendar: FREQ=WEEKLY;BYDAY=SU. In the time zone's time. Blank: once.",
    )
    integration_ids = ArrayField(models.UUIDField(), size=MOST_NAMED, default=list, blank=True)
    connection_ids = ArrayField(models.UUIDField(), size=MOST_NAMED, default=list, blank=True)
    tags = ArrayField(models.CharField(max_length=60), size=MOST_TAGS, default=list, blank=True)
    current_starts_at = models.DateTimeField("current or next start", null=True, editable=False)
    current_ends_at = models.DateTimeField("its end", null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "maintenance_windows"
        indexes = (
            # The list of a tenant's windows, newest first; and which of them cover a connection.
            models.Index(fields=("tenant", "-id"), name="maintenance_windows_of_tenant"),
            # Whether any window goes on, and whose occurrence is over.
            models.Index(
                fields=("current_ends_at",),
                name="maintenance_windows_current",
                condition=models.Q(current_ends_at__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.go_to(self.schedule.at(timezone.now()))
        super().save(*args, **kwargs)

    def clean(self) -> None:
        """Raises ValidationError for a schedule that no window can have, or that is over."""
        if None in (self.starts_at, self.duration_minutes):
            return  # which a form has said already
        self.rrule = self.rrule.upper()
        self.schedule.validate()
        if self.schedule.at(timezone.now()) is None:
            field = "rrule" if self.rrule else "starts_at"
            raise ValidationError({field: "It would be over already."})

    def go_to(self, occurrence: Occurrence | None) -> None:
        """Note the occurrence that goes on or comes next. Does not save."""
        self.current_starts_at, self.current_ends_at = occurrence or (None, None)

    @property
    def schedule(self) -> Schedule:
        return Schedule(
            starts_at=self.starts_at,
            duration=dt.timedelta(minutes=self.duration_minutes),
            time_zone=self.time_zone,
            rrule=self.rrule,
        )

    @property
    def current(self) -> Occurrence | None:
        """The occurrence that goes on now or comes next, also where the task has yet to go on."""
        if self.current_starts_at is None or self.current_ends_at is None:
            return None
        if self.current_ends_at <= timezone.now():
            return self.schedule.at(timezone.now())
        return Occurrence(self.current_starts_at, self.current_ends_at)

    @property
    def state(self) -> WindowState:
        if self.current is None:
            return WindowState.OVER
        goes_on = self.current.starts_at <= timezone.now()
        return WindowState.ACTIVE if goes_on else WindowState.UPCOMING
