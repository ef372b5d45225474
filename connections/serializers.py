"""Connections and credentials as the API shows and takes them."""

import datetime as dt
from typing import Any, ClassVar, Literal

from django.core.exceptions import ValidationError as Invalid
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.fields import empty

from api.serializers import ApiModelSerializer, ApiSerializer, Text
from api.views import validated
from connections.edits import ENTER_AGAIN, NewCredential
from connections.models import Connection
from connections.standing import Standing, standing_of
from connections.status import CircuitState, CredentialState, ExpirySource, HealthStatus
from integrations.auth import SECRETS, validate_secret
from integrations.fitting import check_variables
from integrations.models import Action, Integration
from integrations.mute_serializers import ShowsMuting
from integrations.serializers import usable_as_test
from tenants.scoping import OwnedField

_OUTCOMES: dict[str, Literal["passed", "failed"]] = {"P": "passed", "F": "failed"}


class KnownCredentialSerializer(ApiSerializer):
    """What may be known of a connection's credential; never the secret."""

    type = serializers.SerializerMethodField()
    state = serializers.ChoiceField(CredentialState.choices, source="credential_state")
    expires_at = serializers.SerializerMethodField()
    expiry_source = serializers.SerializerMethodField()

    def get_type(self, connection: Connection) -> str:
        stored = getattr(connection, "credential", None)
        return str(stored.kind if stored else connection.integration.auth["type"])

    def get_expires_at(self, connection: Connection) -> dt.datetime | None:
        stored = getattr(connection, "credential", None)
        return stored.expires_at if stored else None

    @extend_schema_field(serializers.ChoiceField(ExpirySource.choices, allow_null=True))
    def get_expiry_source(self, connection: Connection) -> ExpirySource | None:
        stored = getattr(connection, "credential", None)
        return ExpirySource(stored.expiry_source) if stored and stored.expiry_source else None


class ConnectionSerializer(ShowsMuting, ApiModelSerializer):
    integration_id = serializers.UUIDField(read_only=True)
    integration_name = serializers.CharField(source="integration.name", read_only=True)
    effective_interval_minutes = serializers.IntegerField(read_only=True)
    health_check_test_action_id = OwnedField(
        source="health_check_test_action",
        queryset=Action.objects.all(),
        allow_null=True,
        required=False,
    )
    standing = serializers.SerializerMethodField()
    health_status = serializers.ChoiceField(
        HealthStatus.choices, source="health.health_status", read_only=True
    )
    last_health_check_at = serializers.DateTimeField(
        source="health.last_health_check_at", read_only=True, allow_null=True
    )
    last_health_check_id = serializers.UUIDField(
        source="health.last_health_check_id", read_only=True, allow_null=True
    )
    last_successful_check_at = serializers.DateTimeField(
        source="health.last_successful_check_at", read_only=True, allow_null=True
    )
    consecutive_failures = serializers.IntegerField(
        source="health.consecutive_failures", read_only=True
    )
    downtime_start = serializers.DateTimeField(
        source="health.downtime_started_at", read_only=True, allow_null=True
    )
    circuit_breaker_status = serializers.ChoiceField(
        CircuitState.choices, source="health.circuit_state", read_only=True
    )
    circuit_breaker_open_until = serializers.DateTimeField(
        source="health.circuit_open_until", read_only=True, allow_null=True
    )
    credential = KnownCredentialSerializer(source="*", read_only=True)
    next_check_at = serializers.DateTimeField(
        source="health.due_at", read_only=True, allow_null=True
    )
    maintenance_until = serializers.DateTimeField(read_only=True, allow_null=True)
    flapping = serializers.BooleanField(read_only=True)
    recent_outcomes = serializers.SerializerMethodField()

    class Meta:
        model = Connection
        fields = (
            "id",
            "name",
            "integration_id",
            "integration_name",
            "status",
            "variables",
            "tags",
            "interval_minutes",
            "effective_interval_minutes",
            "health_check_test_action_id",
            "standing",
            "health_status",
            "last_health_check_at",
            "last_health_check_id",
            "last_successful_check_at",
            "consecutive_failures",
            "downtime_start",
            "circuit_breaker_status",
            "circuit_breaker_open_until",
            "credential",
            "next_check_at",
            "muted",
            "muted_until",
            "maintenance_until",
            "flapping",
            "recent_outcomes",
            "created_at",
            "updated_at",
        )

    def get_standing(self, connection: Connection) -> Standing:
        return standing_of(connection.health)

    def get_recent_outcomes(self, connection: Connection) -> list[Literal["passed", "failed"]]:
        return [_OUTCOMES[letter] for letter in connection.health.recent_outcomes]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        connection: Connection | None = self.instance
        integration = connection.integration if connection else attrs["integration"]
        if "variables" in attrs or connection is None:
            _check_variables(integration, attrs.get("variables", {}))
        try:
            usable_as_test(attrs.get("health_check_test_action"), integration)
        except serializers.ValidationError as error:
            raise serializers.ValidationError({"healthCheckTestActionId": error.detail}) from None
        return attrs


class CredentialSerializer(ApiSerializer):
    """A credential as it is entered. No error repeats any part of it."""

    type = Text()
    secret = serializers.JSONField()
    expires_at = serializers.DateTimeField(allow_null=True, default=None)
    also_holds: ClassVar = {
        "oneOf": [
            {"title": type, "properties": {"type": {"const": type}, "secret": secret}}
            for type, secret in SECRETS.items()
        ]
    }

    def run_validation(self, data: Any = empty) -> Any:
        """Entered as a whole, also where the connection around it is changed in part."""
        if self.root is self or not data or data is empty:
            return super().run_validation(data)
        return validated(CredentialSerializer(data=data))


class ExpirySerializer(ApiSerializer):
    """When a stored secret expires, as a person knows it."""

    expires_at = serializers.DateTimeField(allow_null=True)
    also_holds: ClassVar = {"required": ["expiresAt"]}  # also where it is patched


class ConnectionChange(ConnectionSerializer):
    """A secret comes along where another host needs one."""

    credential = CredentialSerializer(required=False, allow_null=True)  # type: ignore[assignment]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs = super().validate(attrs)
        connection: Connection | None = self.instance
        given = attrs.get("credential")
        try:
            attrs["credential"] = given and read_credential(
                given, connection.integration if connection else attrs["integration"]
            )
        except serializers.ValidationError as error:
            raise serializers.ValidationError({"credential": error.detail}) from None
        if connection and "variables" in attrs and not given:
            _refuse_another_host(connection, attrs["variables"])
        return attrs


class ConnectionCreation(ConnectionChange):
    integration_id = OwnedField(source="integration", queryset=Integration.objects.all())  # type: ignore[assignment]


def read_credential(fields: dict[str, Any], integration: Integration) -> NewCredential:
    """Return what was entered. Raises ValidationError unless it fits the integration."""
    wanted = integration.auth["type"]
    if wanted == "none":
        raise serializers.ValidationError(
            {"type": ["This integration has no authentication and takes no credential."]}
        )
    if fields["type"] != wanted:
        raise serializers.ValidationError({"type": [f"This integration's type is {wanted}."]})
    try:
        validate_secret(integration.auth, fields["secret"])
    except Invalid as error:
        raise serializers.ValidationError({"secret": error.messages}) from None
    return NewCredential(secret=fields["secret"], expires_at=fields["expires_at"])


def _refuse_another_host(connection: Connection, variables: dict[str, str]) -> None:
    if connection.would_strand(variables):
        raise serializers.ValidationError({"variables": [ENTER_AGAIN]})


def _check_variables(integration: Integration, variables: dict[str, str]) -> None:
    try:
        check_variables(integration, variables)
    except Invalid as error:
        raise serializers.ValidationError({"variables": error.messages}) from None
