"""What Vitals finds out and remembers: results, state changes, alerts, statistics, and how the
dispatch paces itself."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from api.ids import new_id
from connections.models import Connection
from connections.status import CircuitState, CredentialState, HealthStatus
from healthchecks.status import CheckType, FailureCause, Outcome, Reason
from integrations.models import Integration
from tenants.models import Tenant


class HealthCheckQuerySet(models.QuerySet["HealthCheck"]):
    def conclusive(self) -> "HealthCheckQuerySet":
        return self.exclude(outcome=Outcome.INCONCLUSIVE)


class HealthCheck(models.Model):
    """The stored result of a probe.

    The table is partitioned by day on ranges of the id, a UUIDv7 minted when the check was
    claimed, so order by id is order in time. The references have no constraints: each would cost
    4 µs a row, and a row's partition is dropped whole. Nothing of an answer's body is stored.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey(
        Tenant, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    connection = models.ForeignKey(
        Connection,
        on_delete=models.CASCADE,
        related_name="health_checks",
        db_index=False,
        db_constraint=False,
    )
    test_action_id = models.UUIDField(null=True)
    created_at = models.DateTimeField()
    credential_expires_at = models.DateTimeField(null=True)
    latency_ms = models.PositiveIntegerField(help_text="The whole check, in milliseconds.")
    test_action_latency_ms = models.PositiveIntegerField(null=True)
    # The interval in force at the check: it bounds for how long its status is taken to hold.
    interval_seconds = models.PositiveIntegerField()
    test_action_status_code = models.PositiveSmallIntegerField(null=True)
    # How many slots ended with this check since the one before, and how many of them were missed.
    slots = models.PositiveSmallIntegerField(default=0)
    slots_missed = models.PositiveSmallIntegerField(default=0)
    test_action_success = models.BooleanField(null=True)
    status = models.CharField(max_length=12, choices=HealthStatus.choices)
    outcome = models.CharField(max_length=12, choices=Outcome.choices)
    check_type = models.CharField(max_length=12, choices=CheckType.choices)
    credential_status = models.CharField(max_length=12, choices=CredentialState.choices)
    circuit_breaker_status = models.CharField(max_length=12, choices=CircuitState.choices)
    # Its connection was in maintenance: for the time that its status holds nothing was observed.
    maintenance = models.BooleanField(default=False, db_default=False)
    failure_cause = models.CharField(max_length=20, choices=FailureCause.choices, null=True)  # noqa: DJ001 - NULL takes no room in the row
    reasons = ArrayField(models.CharField(max_length=30, choices=Reason.choices), null=True)
    # A code; its sentence is in `healthchecks.errors`. Free text could hold a secret.
    error_code = models.CharField(max_length=30, null=True)  # noqa: DJ001 - as above

    objects = HealthCheckQuerySet.as_manager()

    class Meta:
        db_table = "health_checks"
        indexes = (
            # A connection's history, and its latest check.
            models.Index(fields=("connection", "-id"), name="health_checks_connection"),
            # A tenant's history.
            models.Index(fields=("tenant", "-id"), name="health_checks_tenant"),
            # A tenant's failures of one cause; a check that passed costs it nothing.
            models.Index(
                fields=("tenant", "failure_cause", "-id"),
                name="health_checks_failures",
                condition=models.Q(failure_cause__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"{self.status} at {self.created_at:%Y-%m-%d %H:%M:%S}"


class HealthStateChange(models.Model):
    """A connection's health status going from one value to another.

    Also an outbox: whoever tells people about it sets `processed_at`.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")
    connection = models.ForeignKey(
        Connection, on_delete=models.CASCADE, related_name="state_changes", db_index=False
    )
    from_status = models.CharField(max_length=12, choices=HealthStatus.choices)
    to_status = models.CharField(max_length=12, choices=HealthStatus.choices)
    reasons = ArrayField(models.CharField(max_length=30, choices=Reason.choices), default=list)
    health_check_id = models.UUIDField()
    at = models.DateTimeField()
    processed_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        db_table = "health_state_changes"
        indexes = (
            # A connection's changes, and its latest.
            models.Index(fields=("connection", "-id"), name="state_changes_connection"),
            # The tenant's recent changes.
            models.Index(fields=("tenant", "-id"), name="state_changes_tenant"),
            # What is still to be told.
            models.Index(
                fields=("id",),
                name="state_changes_unprocessed",
                condition=models.Q(processed_at__isnull=True),
            ),
        )

    def __str__(self) -> str:
        return f"{self.from_status} → {self.to_status}"


class Alert(models.Model):
    """One downtime that lasted longer than two minutes. At most one is open per connection.

    Also an outbox: opening and closing it clear `processed_at`, which whoever tells people sets.
    `told_at` and `end_told_at` None: people do not know of it, or of its end. `incident_id` is of
    the incident that speaks for it.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="alerts")
    opened_at = models.DateTimeField()
    downtime_started_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True, blank=True)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    # The name of the person, or of the API key, as it was then.
    acknowledged_by = models.CharField(max_length=200, blank=True, db_default="")
    cause = models.CharField(max_length=20, choices=FailureCause.choices)
    error_code = models.CharField(max_length=30)
    consecutive_failures = models.PositiveIntegerField()
    processed_at = models.DateTimeField(null=True, editable=False)
    told_at = models.DateTimeField(null=True, editable=False)
    end_told_at = models.DateTimeField(null=True, editable=False)
    incident_id = models.UUIDField(null=True, editable=False)

    class Meta:
        db_table = "alerts"
        constraints = (
            models.UniqueConstraint(
                fields=("tenant", "connection"),
                condition=models.Q(resolved_at__isnull=True),
                name="one_open_alert_per_connection",
            ),
        )
        indexes = (
            # The tenant's alerts, newest first.
            models.Index(fields=("tenant", "-id"), name="alerts_tenant"),
            # What is still to be told.
            models.Index(
                fields=("id",),
                name="alerts_unprocessed",
                condition=models.Q(processed_at__isnull=True),
            ),
        )

    def __str__(self) -> str:
        return f"Down since {self.downtime_started_at:%Y-%m-%d %H:%M:%S}"


class ManualRequest(models.Model):
    """A check that a person asked for.

    It tells a check that was lost from one that never was, and counts how many were asked for.
    """

    check_id = models.UUIDField(primary_key=True)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        db_table = "manual_requests"
        # The rate of one connection's manual checks.
        indexes = (models.Index(fields=("connection", "created_at"), name="manual_requests_rate"),)

    def __str__(self) -> str:
        return str(self.check_id)


class IntegrationPace(models.Model):
    """How fast one integration is being called: a row that the dispatch keeps.

    `next_send_at` is the first moment that the budget leaves free. While `paused_until` lies
    ahead the provider has asked for silence. `saturated_since` is when due connections began to
    wait for the budget; slots that pass meanwhile are deferred, not missed.
    """

    integration = models.OneToOneField(
        Integration, primary_key=True, on_delete=models.CASCADE, related_name="pace"
    )
    next_send_at = models.DateTimeField(null=True)
    paused_until = models.DateTimeField(null=True)
    saturated_since = models.DateTimeField(null=True)

    class Meta:
        db_table = "integration_paces"

    def __str__(self) -> str:
        return f"Pace of {self.integration_id}"


class DispatchState(models.Model):
    """What one dispatch leaves for the next: a single row.

    `floor` lies below every due time; `first_claims_per_second` is what new connections may take;
    `drained_per_second` the rate at which claims were finished lately; `outstanding` those that
    the last tick left; `checking_since` the end of the last time in which nothing was dispatched.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    last_tick_at = models.DateTimeField(null=True)
    checking_since = models.DateTimeField(null=True)
    floor = models.DateTimeField(null=True)
    first_claims_per_second = models.FloatField(db_default=0)
    drained_per_second = models.FloatField(db_default=0)
    outstanding = models.PositiveIntegerField(db_default=0)

    class Meta:
        db_table = "dispatch_state"
        constraints = (models.CheckConstraint(condition=models.Q(id=1), name="one_dispatch_state"),)

    def __str__(self) -> str:
        return "Dispatch state"


class Statistics(models.Model):
    """What a span of a connection's checks comes to.

    Time is in milliseconds: `observed_ms` of the span some status held, for `unhealthy_ms` of that
    it was `unhealthy`. `failures_by_cause` counts the checks that have a failure cause; None: none
    has. The latencies are those of the test actions of passed checks, of which there were
    `latency_count`; percentiles are exact, by nearest rank.

    `slots` ended with the span's checks. `slots_before` of them, and `missed_before` of those
    missed, had passed before the span: from `slots_since` on, `slots_apart` seconds apart.
    """

    pk = models.CompositePrimaryKey("connection_id", "tenant_id", "starts_at")
    # No constraints: they would cost each row more than it does, and `statistics` removes what a
    # deletion at the same time left.
    tenant = models.ForeignKey(
        Tenant, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    connection = models.ForeignKey(
        Connection, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    starts_at = models.DateTimeField()
    checks = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    inconclusive = models.PositiveIntegerField(default=0)
    slots = models.PositiveIntegerField(default=0)
    slots_missed = models.PositiveIntegerField(default=0)
    slots_before = models.PositiveIntegerField(db_default=0)
    missed_before = models.PositiveIntegerField(db_default=0)
    slots_since = models.DateTimeField(null=True)
    slots_apart = models.PositiveIntegerField(null=True)
    observed_ms = models.PositiveIntegerField(default=0)
    unhealthy_ms = models.PositiveIntegerField(default=0)
    failures_by_cause = models.JSONField(null=True)
    latency_count = models.PositiveIntegerField(default=0)
    latency_p50 = models.PositiveIntegerField(null=True)
    latency_p95 = models.PositiveIntegerField(null=True)
    latency_p99 = models.PositiveIntegerField(null=True)
    latency_max = models.PositiveIntegerField(null=True)

    class Meta:
        abstract = True


class HourlyStatistics(Statistics):
    """One hour of a connection in which it was checked, or a status held.

    The table is partitioned by month on `starts_at`. `held_until` is until when the last status
    still holds after the hour, unless a check comes; None: not beyond it.
    """

    held_until = models.DateTimeField(null=True)
    held_unhealthy = models.BooleanField(default=False)

    class Meta:
        db_table = "hourly_statistics"
        # The hours of all of a tenant's connections, and all rows of an hour.
        indexes = (models.Index(fields=("starts_at", "tenant"), name="hourly_statistics_hour"),)

    def __str__(self) -> str:
        return f"Hour from {self.starts_at}"


class DailyStatistics(Statistics):
    """One day (UTC) of a connection: the sums of its hours."""

    class Meta:
        db_table = "daily_statistics"
        # The days of all of a tenant's connections, and all rows of a day.
        indexes = (models.Index(fields=("starts_at", "tenant"), name="daily_statistics_day"),)

    def __str__(self) -> str:
        return f"Day from {self.starts_at}"


class Outage(models.Model):
    """One stretch in which a connection was observed `unhealthy` without a gap.

    `ended_at` is how far it reached when statistics were last made, and moves on while it lasts.
    `cause` is that of its first failed check, of which it had `checks`.
    """

    pk = models.CompositePrimaryKey("connection_id", "tenant_id", "started_at")
    tenant = models.ForeignKey(
        Tenant, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    connection = models.ForeignKey(
        Connection, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    cause = models.CharField(max_length=20, choices=FailureCause.choices, null=True)  # noqa: DJ001 - none failed
    checks = models.PositiveIntegerField(default=0)

    class Meta:
        db_table = "outages"
        # Those that an hour goes on with, and those that are too old to keep.
        indexes = (models.Index(fields=("ended_at",), name="outages_ended"),)

    def __str__(self) -> str:
        return f"Unhealthy from {self.started_at}"


class StatisticsState(models.Model):
    """Up to when statistics are made, for all tenants: a single row, absent before the first."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    made_until = models.DateTimeField()

    class Meta:
        db_table = "statistics_state"
        constraints = (
            models.CheckConstraint(condition=models.Q(id=1), name="one_statistics_state"),
        )

    def __str__(self) -> str:
        return f"Statistics up to {self.made_until}"
