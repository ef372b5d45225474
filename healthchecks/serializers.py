"""Health checks, and what hangs on them, as the API shows them."""

import datetime as dt
from typing import Any, TypedDict
from uuid import UUID

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.serializers import ApiModelSerializer, ApiSerializer
from connections.models import Connection
from connections.serializers import ConnectionSerializer
from connections.status import HealthStatus, Word
from healthchecks.advice import SuggestedResolution, suggest
from healthchecks.errors import is_of_test_action, sentence
from healthchecks.models import HealthCheck
from healthchecks.status import Reason
from integrations.models import Action


class CheckError(TypedDict):
    """An error code, and what it means."""

    code: str
    message: str


class HealthCheckSerializer(ApiModelSerializer):
    """A check, whose connection and integration are at hand."""

    tenant_id = serializers.UUIDField()
    connection_id = serializers.UUIDField()
    connection_name = serializers.CharField(source="connection.name")
    integration_id = serializers.UUIDField(source="connection.integration_id")
    integration_name = serializers.CharField(source="connection.integration.name")
    reasons = serializers.SerializerMethodField()
    test_action_error = serializers.SerializerMethodField()
    suggested_resolution = serializers.SerializerMethodField()
    error = serializers.SerializerMethodField()

    class Meta:
        model = HealthCheck
        fields = (
            "id",
            "tenant_id",
            "connection_id",
            "connection_name",
            "integration_id",
            "integration_name",
            "status",
            "outcome",
            "check_type",
            "credential_status",
            "credential_expires_at",
            "test_action_id",
            "test_action_success",
            "test_action_latency_ms",
            "test_action_status_code",
            "test_action_error",
            "circuit_breaker_status",
            "maintenance",
            "latency_ms",
            "failure_cause",
            "reasons",
            "suggested_resolution",
            "error",
            "created_at",
        )

    def get_reasons(self, check: HealthCheck) -> list[Reason]:
        return [Reason(reason) for reason in check.reasons or ()]

    def get_test_action_error(self, check: HealthCheck) -> CheckError | None:
        return show_test_action_error(check.error_code)

    def get_error(self, check: HealthCheck) -> CheckError | None:
        return show_error(check.error_code)

    def get_suggested_resolution(self, check: HealthCheck) -> SuggestedResolution | None:
        return suggest(
            check.failure_cause, check.reasons or (), check.connection.integration.provider
        )


def show_error(code: str | None) -> CheckError | None:
    return {"code": code, "message": sentence(code)} if code else None


def show_test_action_error(code: str | None) -> CheckError | None:
    return show_error(code) if code and is_of_test_action(code) else None


class HealthSerializer(ApiSerializer):
    """The summary of one connection's health."""

    status = serializers.ChoiceField(HealthStatus.choices)
    reasons = serializers.ListField(child=serializers.ChoiceField(Reason.choices))
    since = serializers.DateTimeField(allow_null=True)
    uptime_last_24h = serializers.FloatField(allow_null=True)
    uptime_last_7d = serializers.FloatField(allow_null=True)
    last_check = HealthCheckSerializer(allow_null=True)
    checks_last_24h = serializers.IntegerField()


class ConnectionDetailSerializer(ConnectionSerializer):
    """A connection with the summary of its health and its test action, which are in the context."""

    effective_test_action_id = serializers.SerializerMethodField()
    health = serializers.SerializerMethodField()

    class Meta(ConnectionSerializer.Meta):
        fields = (  # type: ignore[assignment]
            *ConnectionSerializer.Meta.fields,
            "effective_test_action_id",
            "health",
        )

    def get_effective_test_action_id(self, connection: Connection) -> UUID | None:
        action: Action | None = self.context["test_action"]
        return action.pk if action else None

    @extend_schema_field(HealthSerializer)
    def get_health(self, connection: Connection) -> Any:
        return HealthSerializer(self.context["health"]).data


class PendingSerializer(ApiSerializer):
    """A check without a result yet."""

    id = serializers.UUIDField()
    state = serializers.ChoiceField(["pending"])


class OlderStateSerializer(ApiSerializer):
    """The state of one integration in the older document's words."""

    integration = serializers.CharField()
    status = serializers.ChoiceField(Word.choices)
    last_successful_check = serializers.DateTimeField(allow_null=True)
    last_check = serializers.DateTimeField()
    response_time_ms = serializers.IntegerField(allow_null=True)
    error_message = serializers.CharField(allow_null=True)
    consecutive_failures = serializers.IntegerField()
    downtime_start = serializers.DateTimeField(allow_null=True)


class DispatchSerializer(ApiSerializer):
    """What a dispatch did."""

    claimed = serializers.IntegerField()
    deferred = serializers.IntegerField()
    skipped = serializers.IntegerField()
    missed = serializers.IntegerField()


def show_detail(
    connection: Connection,
    *,
    test_action: Action | None,
    since: dt.datetime | None,
    last_check: HealthCheck | None,
    checks_last_24h: int,
    uptime_last_24h: float | None,
    uptime_last_7d: float | None,
) -> dict[str, Any]:
    """Return a connection with the summary of its health."""
    health = {
        "status": connection.health.health_status,
        "reasons": connection.health.reasons,
        "since": since,
        "uptime_last_24h": uptime_last_24h,
        "uptime_last_7d": uptime_last_7d,
        "last_check": last_check,
        "checks_last_24h": checks_last_24h,
    }
    context = {"health": health, "test_action": test_action}
    detail: dict[str, Any] = ConnectionDetailSerializer(connection, context=context).data
    return detail
