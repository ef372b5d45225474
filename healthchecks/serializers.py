"""Health checks and summaries as the API shows them."""

from typing import Any

from rest_framework import serializers

from api.serializers import ApiModelSerializer, ApiSerializer
from connections.models import Connection
from connections.serializers import ConnectionSerializer
from healthchecks.errors import is_of_test_action, resolution, sentence
from healthchecks.models import HealthCheck
from healthchecks.status import FailureCause, Reason
from healthchecks.summary import Standing, Summary
from integrations.catalogue import providers


class HealthCheckSerializer(ApiModelSerializer):
    """A check, whose connection and integration are at hand."""

    tenant_id = serializers.UUIDField()
    connection_id = serializers.UUIDField()
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
            "latency_ms",
            "failure_cause",
            "reasons",
            "suggested_resolution",
            "error",
            "created_at",
        )

    def get_reasons(self, check: HealthCheck) -> list[str]:
        return check.reasons or []

    def get_test_action_error(self, check: HealthCheck) -> dict[str, str] | None:
        code = check.error_code
        return _error(code) if code and is_of_test_action(code) else None

    def get_error(self, check: HealthCheck) -> dict[str, str] | None:
        return _error(check.error_code) if check.error_code else None

    def get_suggested_resolution(self, check: HealthCheck) -> dict[str, str] | None:
        if check.failure_cause is None:
            return None
        advice = resolution(FailureCause(check.failure_cause))
        shown = {"who": advice.who, "text": advice.text}
        if check.failure_cause == FailureCause.PROVIDER:
            provider = providers().get(check.connection.integration.provider)
            if provider and provider.status_page:
                shown["url"] = provider.status_page
        return shown


class SummaryConnectionSerializer(ApiSerializer):
    id = serializers.UUIDField()
    name = serializers.CharField()
    integration_name = serializers.CharField(source="integration.name")
    health_status = serializers.CharField(source="health.health_status")
    last_check_at = serializers.DateTimeField(source="health.last_health_check_at")
    error = serializers.SerializerMethodField()

    def get_error(self, connection: Connection) -> str | None:
        health = connection.health
        if health.last_error_code:
            return sentence(health.last_error_code)
        return str(Reason(health.reasons[0]).label) if health.reasons else None


def show_summary(summary: Summary) -> dict[str, Any]:
    return {
        "totalConnections": summary.total,
        "healthy": summary.counts[Standing.HEALTHY],
        "degraded": summary.counts[Standing.DEGRADED],
        "unhealthy": summary.counts[Standing.UNHEALTHY],
        "notChecked": summary.counts[Standing.NOT_CHECKED],
        "inactive": summary.counts[Standing.INACTIVE],
        "lastCheckAt": summary.last_check_at,
        "uptimeLast24h": summary.uptime_last_24h,
        "uptimeLast7d": summary.uptime_last_7d,
        "coverageLast24h": summary.coverage_last_24h,
        "hasMore": summary.total > len(summary.connections),
        "connections": SummaryConnectionSerializer(summary.connections, many=True).data,
    }


def show_detail(
    connection: Connection,
    *,
    last_check: HealthCheck | None,
    checks_last_24h: int,
    uptime_last_24h: float | None,
    uptime_last_7d: float | None,
) -> dict[str, Any]:
    """Return a connection with the summary of its health."""
    return {
        **ConnectionSerializer(connection).data,
        "health": {
            "status": connection.health.health_status,
            "reasons": connection.health.reasons,
            "uptimeLast24h": uptime_last_24h,
            "uptimeLast7d": uptime_last_7d,
            "lastCheck": last_check and HealthCheckSerializer(last_check).data,
            "checksLast24h": checks_last_24h,
        },
    }


def _error(code: str) -> dict[str, str]:
    return {"code": code, "message": sentence(code)}
