"""Who is connected: accounts at integrations, their secrets, and the state of their health."""

import datetime as dt
from collections.abc import Mapping

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.expressions import Combinable
from django.utils import timezone

from api.ids import new_id
from api.names import validate_name
from connections.encryption import (
    TOKENS,
    Secret,
    account_of,
    decrypt,
    encrypt,
    seal,
    unseal,
)
from connections.expiry import expiry_of_token
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

# What apps above this one know of a connection and its API shows, by the field's name. Each puts
# its own in when it is ready.
SHOWN_FROM_ABOVE: dict[str, Combinable] = {}


class ConnectionQuerySet(models.QuerySet["Connection"]):
    def with_health(self) -> "ConnectionQuerySet":
        """With all that the API shows of a connection, in the same query."""
        rows = self.select_related("integration", "tenant", "credential", "health")
        return rows.annotate(**SHOWN_FROM_ABOVE)


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

    def would_strand(self, variables: Mapping[str, str]) -> bool:
        """Whether with these variables the stored secret would belong to another host."""
        integration = self.integration
        origin = secret_origin(integration.auth, integration.base_url, variables)
        return hasattr(self, "credential") and origin != self.origin

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
    its limits: it follows from what was entered; where somebody consented it is the connection's
    id; None where the secret's key was missing when accounts came.
    `expiry_source` is blank where nobody knows when the secret expires.
    With OAuth 2 `encrypted_secret` stays what a person entered, which is nothing where somebody
    consented by the operator's client; `encrypted_tokens` is what the provider gave since, and
    beats it. `refresh_due_at` is None where nothing can be refreshed. `revision` counts the secrets
    and tokens that were here: an answer that was asked for with earlier ones is not stored.
    `reauth_untold_since`: nobody was told yet that its provider ended the authorisation.
    A lease without an id is that of a task which waits in the queue; `doubted_at` is when the
    provider last refused an access token before its end.
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
    reauth_untold_since = models.DateTimeField(null=True)
    encrypted_tokens = models.BinaryField(null=True)
    revision = models.PositiveIntegerField(default=0, db_default=0)
    refresh_due_at = models.DateTimeField(null=True)
    refresh_lease_id = models.UUIDField(null=True)
    refresh_lease_until = models.DateTimeField(null=True)
    refresh_failures = models.PositiveSmallIntegerField(default=0, db_default=0)
    refresh_error = models.CharField(max_length=30, default="", db_default="")
    doubted_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "credentials"
        indexes = (
            # Recording: the connections of an account (row security asks for the tenant).
            models.Index(fields=("account", "tenant"), name="credentials_of_account"),
            # The tick that has tokens refreshed: the longest due.
            models.Index(
                fields=("refresh_due_at",),
                name="credentials_refresh_due",
                condition=models.Q(refresh_due_at__isnull=False),
            ),
            # The sweep that tells people: those of which nobody was told.
            models.Index(
                fields=("reauth_untold_since",),
                name="credentials_reauth_untold",
                condition=models.Q(reauth_untold_since__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} credential"

    def seal(self, secret: Mapping[str, str], *, origin: str) -> None:
        """Encrypt `secret` so that it can only ever be sent to `origin`. Does not save."""
        self.encrypted_secret = seal(secret, connection_id=self.connection_id, origin=origin)
        self.account = account_of(secret, tenant_id=self.tenant_id, origin=origin)

    def stand_alone(self) -> None:
        """Be an account of its own, whoever else has the same client. Does not save."""
        self.account = self.connection_id.bytes

    @property
    def stands_alone(self) -> bool:
        return self.account is not None and bytes(self.account) == self.connection_id.bytes

    def seal_tokens(self, tokens: Mapping[str, str], *, origin: str) -> None:
        """Encrypt the tokens that a provider gave, likewise. Does not save."""
        self.encrypted_tokens = seal(
            tokens, connection_id=self.connection_id, origin=origin, field=TOKENS
        )

    def unseal(self, *, origin: str) -> Secret:
        """Return what was entered. Raises DecryptionError."""
        return unseal(bytes(self.encrypted_secret), connection_id=self.connection_id, origin=origin)

    def unseal_tokens(self, *, origin: str) -> Secret:
        """Return the tokens in use: the provider's, else those entered. Raises DecryptionError."""
        if self.encrypted_tokens is None:
            return self.unseal(origin=origin)
        return unseal(
            bytes(self.encrypted_tokens),
            connection_id=self.connection_id,
            origin=origin,
            field=TOKENS,
        )

    def set_expiry(self, entered: dt.datetime | None, secret: Mapping[str, str] | None) -> None:
        """Note what a person entered, or else what `secret` tells by itself. Does not save."""
        told = expiry_of_token(self.kind, secret or {})
        self.expires_at = entered or told
        source = ExpirySource.ENTERED if entered else ExpirySource.TOKEN
        self.expiry_source = source if self.expires_at else ""

    @property
    def entered_expiry(self) -> dt.datetime | None:
        return self.expires_at if self.expiry_source == ExpirySource.ENTERED else None

    def state(self, now: dt.datetime) -> CredentialState:
        return CredentialState.at(
            now,
            expires_at=self.expires_at,
            needs_reauth=self.needs_reauth,
            refreshable=self.refresh_due_at is not None,
        )


class AccountPause(models.Model):
    """Until when an account is to be left alone: for checks that are not scheduled yet.

    `account` is as in its credentials; without one it is the connection's id.
    """

    account = models.BinaryField(primary_key=True)
    tenant = models.ForeignKey(
        Tenant, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    until = models.DateTimeField()

    class Meta:
        db_table = "account_pauses"

    def __str__(self) -> str:
        return f"pause until {self.until}"


class Consent(models.Model):
    """One that a person was asked for and has not given yet. It can be given once.

    `encrypted_verifier` is PKCE's (RFC 7636), sealed for the hosts that the connection has now;
    `session_hash` is of the browser's session that alone can finish it, None: any can.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+")
    state_hash = models.BinaryField(unique=True)
    encrypted_verifier = models.BinaryField()
    session_hash = models.BinaryField(null=True)
    return_to = models.CharField(max_length=200, blank=True, help_text="A path of Vitals.")
    expires_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "oauth_consents"

    def __str__(self) -> str:
        return f"consent for {self.connection_id}"


class OAuthClient(models.Model):
    """The operator's own client at a provider, for tenants that have none of theirs."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    provider = models.SlugField(max_length=80, unique=True)
    client_id = models.CharField(max_length=500)
    encrypted_secret = models.BinaryField()
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "oauth_clients"
        verbose_name = "OAuth client"

    def __str__(self) -> str:
        return self.provider

    def enter_secret(self, secret: str) -> None:
        """Encrypt the client's secret for this provider alone. Does not save."""
        self.encrypted_secret = encrypt({"clientSecret": secret}, place=self._place)

    def reseal(self) -> None:
        """Encrypt it with the newest key. Does not save. Raises DecryptionError."""
        self.enter_secret(self.secret())

    def secret(self) -> str:
        """Raises DecryptionError."""
        return decrypt(bytes(self.encrypted_secret), place=self._place)["clientSecret"]

    @property
    def _place(self) -> str:
        return f"oauth_clients.secret:{self.pk}:{self.provider}"


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
    # The last check was: nobody is told what it found, unless the next one finds it as well.
    checked_in_maintenance = models.BooleanField(db_default=False)
    last_manual_check_at = models.DateTimeField(null=True)
    # Of the latest conclusive check: its word in the older vocabulary, its error, why it failed (a
    # FailureCause; blank: it passed), and the latency of the latest success.
    last_word = models.CharField(max_length=8, choices=Word.choices, db_default="")
    last_error_code = models.CharField(max_length=30, db_default="")
    last_failure_cause = models.CharField(max_length=20, db_default="")
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
