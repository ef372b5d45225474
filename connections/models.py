"""Who is connected: accounts at integrations, their secrets, and the state of their health."""

import datetime as dt
from collections.abc import Mapping

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone

from api.ids import new_id
from api.names import validate_name
from connections.encryption import account_of, seal
from connections.status import (
    CircuitState,
    ConnectionStatus,
    CredentialState,
    ExpirySource,
    HealthStatus,
    Word,
)
from integrations.fitting import secret_origin
from integrations.models import MAX_INTERVAL_MINUTES, Action, Integration
from integrations.muting import Mutable
from integrations.templates import validate_variables
from tenants.models import Tenant


class ConnectionQuerySet(models.QuerySet["Connection"]):
    def with_health(self) -> "ConnectionQuerySet":
        """With all that the API shows of a connection, in the same query."""
        return self.select_related("integration", "tenant", "credential", "health")


class Connection(Mutable):
    """One tenant's account at an integration."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="connections")
    integration = models.ForeignKey(
        Integration, on_delete=models.CASCADE, related_name="connections"
    )
    name = models.CharField(max_length=200, validators=[validate_name])
    variables = models.JSONField(default=dict, blank=True, validators=[validate_variables])
    status = models.CharField(
        max_length=12, choices=ConnectionStatus.choices, default=ConnectionStatus.ACTIVE
    )
    health_check_test_action = models.ForeignKey(
        Action, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    interval_minutes = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MAX_INTERVAL_MINUTES)],
        help_text="Blank: the integration's, else the tenant's.",
    )
    tags = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ConnectionQuerySet.as_manager()

    class Meta:
        db_table = "connections"
        # Used by the list of a tenant's connections, newest first.
        indexes = (models.Index(fields=("tenant", "-id"), name="connections_of_tenant"),)

    def __str__(self) -> str:
        return self.name

    @property
    def origin(self) -> str:
        """Where the secret of this connection may be sent."""
        return secret_origin(self.integration.auth, self.integration.base_url, self.variables)

    @property
    def effective_interval_minutes(self) -> int:
        return (
            self.interval_minutes
            or self.integration.interval_minutes
            or self.tenant.default_interval_minutes
        )

    def credential_state(self, now: dt.datetime | None = None) -> CredentialState:
        """Return the state of the credential; no authentication needed counts as active."""
        if self.integration.auth["type"] == "none":
            return CredentialState.ACTIVE
        credential: Credential | None = getattr(self, "credential", None)
        if credential is None or credential.kind != self.integration.auth["type"]:
            return CredentialState.MISSING
        return credential.state(now or timezone.now())


class Credential(models.Model):
    """The secret of a connection. It can be written and replaced, never read back.

    `account` is the same for those of a tenant that are one account at their provider, and share
    its limits; `expiry_source` is blank where nobody knows when the secret expires.
    """

    connection = models.OneToOneField(
        Connection, primary_key=True, on_delete=models.CASCADE, related_name="credential"
    )
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=30)
    encrypted_secret = models.BinaryField()
    account = models.BinaryField(null=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    expiry_source = models.CharField(
        max_length=10, choices=ExpirySource.choices, blank=True, default=""
    )
    needs_reauth = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "credentials"
        # Recording: the others of an account whose limit is reached.
        indexes = (models.Index(fields=("account",), name="credentials_of_account"),)

    def __str__(self) -> str:
        return f"{self.kind} credential"

    def seal(self, secret: Mapping[str, str], *, origin: str) -> None:
        """Encrypt `secret` so that it can only ever be sent to `origin`. Does not save."""
        self.encrypted_secret = seal(secret, connection_id=self.connection_id, origin=origin)
        self.account = account_of(secret, tenant_id=self.tenant_id, origin=origin)

    def state(self, now: dt.datetime) -> CredentialState:
        return CredentialState.at(now, expires_at=self.expires_at, needs_reauth=self.needs_reauth)


class ConnectionHealth(models.Model):
    """What changes with every check of a connection, in one narrow row (scheduling.md).

    `due_at` is None where no check shall run: the one place where pausing, disabling and
    suspending are turned into "not scheduled" is `connections.scheduling`.
    `slot_at` is the last slot that was claimed, `slots` and `slots_missed` count what ended since
    the last recorded check.
    """

    connection = models.OneToOneField(
        Connection, primary_key=True, on_delete=models.CASCADE, related_name="health"
    )
    tenant = models.ForeignKey(
        Tenant, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    integration = models.ForeignKey(
        Integration, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )

    interval_seconds = models.PositiveIntegerField()
    anchor_at = models.DateTimeField(null=True)
    slot_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    slots = models.PositiveIntegerField(db_default=0)
    slots_missed = models.PositiveIntegerField(db_default=0)

    claim_id = models.UUIDField(null=True)
    claimed_by_hand = models.BooleanField(db_default=False)
    lease_until = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(db_default=0)

    health_status = models.CharField(
        max_length=12, choices=HealthStatus.choices, db_default=HealthStatus.HEALTHY
    )
    reasons = ArrayField(models.CharField(max_length=30), db_default=[])
    last_health_check_at = models.DateTimeField(null=True)
    last_health_check_id = models.UUIDField(null=True)  # no constraint: partitions are dropped
    last_successful_check_at = models.DateTimeField(null=True)
    last_manual_check_at = models.DateTimeField(null=True)
    # Of the latest conclusive check: its word in the older vocabulary, its error, and the latency
    # of the latest success.
    last_word = models.CharField(max_length=8, choices=Word.choices, db_default="")
    last_error_code = models.CharField(max_length=30, db_default="")
    last_success_latency_ms = models.PositiveIntegerField(null=True)
    recent_outcomes = models.CharField(
        max_length=4, db_default="", help_text="The last conclusive ones, newest first: P or F."
    )
    unsettled = models.BooleanField(db_default=False)
    consecutive_failures = models.PositiveIntegerField(db_default=0)
    downtime_started_at = models.DateTimeField(null=True)
    limited_streak = models.PositiveSmallIntegerField(db_default=0)

    circuit_state = models.CharField(
        max_length=12, choices=CircuitState.choices, db_default=CircuitState.CLOSED
    )
    circuit_failures = models.PositiveSmallIntegerField(db_default=0)
    circuit_openings = models.PositiveSmallIntegerField(db_default=0)
    circuit_open_until = models.DateTimeField(null=True)
    circuit_cause = models.CharField(max_length=20, db_default="")

    version = models.PositiveBigIntegerField(db_default=1)

    class Meta:
        db_table = "connection_health"
        indexes = (
            # Dispatch: the oldest due.
            models.Index(
                fields=("due_at",),
                name="connection_health_due",
                condition=models.Q(due_at__isnull=False),
            ),
            # Dispatch: the oldest due of one integration.
            models.Index(fields=("integration", "due_at"), name="connection_health_integration"),
            # The downtime sweep. Only failing connections are in it.
            models.Index(
                fields=("downtime_started_at",),
                name="connection_health_down",
                condition=models.Q(downtime_started_at__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"{self.health_status} ({self.connection_id})"
