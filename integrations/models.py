"""What can be connected: an API as one tenant uses it, and the requests it can make."""

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from api.ids import new_id
from api.names import validate_name
from integrations.auth import validate_auth
from integrations.muting import Mutable
from integrations.response_rules import ResponseRules, validate_response_rules
from integrations.templates import (
    validate_base_url,
    validate_headers,
    validate_parameters,
    validate_path,
)
from tenants.models import Tenant

MAX_INTERVAL_MINUTES = 44_640  # a month
MAX_TIMEOUT_MS = 60_000  # longer calls would hold a place in a worker's window for too long


class IntegrationStatus(models.TextChoices):
    DRAFT = "draft", "Draft"
    ACTIVE = "active", "Active"
    DISABLED = "disabled", "Disabled"


class Method(models.TextChoices):
    GET = "GET", "GET"
    HEAD = "HEAD", "HEAD"
    POST = "POST", "POST"
    PUT = "PUT", "PUT"
    PATCH = "PATCH", "PATCH"
    DELETE = "DELETE", "DELETE"
    OPTIONS = "OPTIONS", "OPTIONS"


_SAFE = frozenset({Method.GET, Method.HEAD})
_MARKABLE = frozenset({Method.POST, Method.OPTIONS})  # as read-only, which makes them harmless


def default_auth() -> dict[str, str]:
    return {"type": "none"}


class Integration(Mutable):
    """A third-party API as one tenant uses it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="integrations")
    provider = models.CharField(max_length=80, blank=True, help_text="Blank: a custom integration.")
    name = models.CharField(max_length=200, validators=[validate_name])
    slug = models.SlugField(max_length=80, allow_unicode=True)
    base_url = models.CharField(
        "base URL",
        max_length=2000,
        validators=[validate_base_url],
        help_text="May hold variables of the connection, as in https://{site}.example.com.",
    )
    auth = models.JSONField(default=default_auth, validators=[validate_auth])
    headers = models.JSONField(default=dict, blank=True, validators=[validate_headers])
    status = models.CharField(
        max_length=12, choices=IntegrationStatus.choices, default=IntegrationStatus.DRAFT
    )
    checks_enabled = models.BooleanField(default=True)
    interval_minutes = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MAX_INTERVAL_MINUTES)],
        help_text="Blank: the tenant's.",
    )
    test_action = models.ForeignKey(
        "Action", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    requests_per_second = models.FloatField(
        default=5, validators=[MinValueValidator(0.01), MaxValueValidator(10_000)]
    )
    timeout_ms = models.PositiveIntegerField(
        "time-out (ms)",
        default=10_000,
        validators=[MinValueValidator(100), MaxValueValidator(MAX_TIMEOUT_MS)],
    )
    degraded_latency_ms = models.PositiveIntegerField(
        "degraded latency (ms)",
        default=2_000,
        validators=[MinValueValidator(1), MaxValueValidator(MAX_TIMEOUT_MS)],
    )
    tags = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    # Counts edits of whatever a probe depends on, actions included: a result that was probed
    # under another version is not recorded.
    config_version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "integrations"
        constraints = (
            models.UniqueConstraint(
                fields=("tenant", "slug"),
                name="integration_slug_per_tenant",
                violation_error_message="This tenant has an integration with this slug already.",
            ),
        )
        # Used by the list of a tenant's integrations, newest first.
        indexes = (models.Index(fields=("tenant", "-id"), name="integrations_of_tenant"),)

    def __str__(self) -> str:
        return self.name


class Action(models.Model):
    """One request that an integration can make."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")
    integration = models.ForeignKey(Integration, on_delete=models.CASCADE, related_name="actions")
    name = models.CharField(max_length=200, validators=[validate_name])
    method = models.CharField(max_length=8, choices=Method.choices, default=Method.GET)
    path = models.CharField(max_length=2000, validators=[validate_path])
    parameters = models.JSONField(default=list, blank=True, validators=[validate_parameters])
    headers = models.JSONField(default=dict, blank=True, validators=[validate_headers])
    body = models.JSONField(null=True, blank=True)
    tags = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    read_only = models.BooleanField(
        default=False, help_text="Changes nothing at the provider, though it is a POST."
    )
    response_rules = models.JSONField(
        default=dict, blank=True, validators=[validate_response_rules]
    )
    position = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "actions"
        ordering = ("position", "id")

    def __str__(self) -> str:
        return self.name

    @property
    def harmless(self) -> bool:
        """Whether a health check may execute it."""
        return self.method in _SAFE or (self.read_only and self.method in _MARKABLE)

    def clean(self) -> None:
        if self.read_only and not self.harmless:
            raise ValidationError(
                {"read_only": f"A {self.method} changes something: it cannot be marked read-only."}
            )

    @property
    def rules(self) -> ResponseRules:
        return ResponseRules.parse(self.response_rules)
