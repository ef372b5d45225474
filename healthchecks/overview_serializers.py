"""How many connections are, as the API shows it at once."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from api.answers import iso
from api.serializers import ApiModelSerializer, ApiSerializer, Ids
from connections.standing import Standing, standing_of
from connections.status import HealthStatus
from healthchecks.advice import SuggestedResolution, suggest
from healthchecks.errors import sentence
from healthchecks.history import WINDOWS
from healthchecks.models import HealthCheck
from healthchecks.recent import MOST, RecentCheck
from healthchecks.status import FailureCause, Reason
from healthchecks.summary import Shown, Summary


class SummaryConnectionSerializer(ApiSerializer):
    """What a summary shows of a connection: a `Shown`."""

    id = serializers.UUIDField(source="connection.pk")
    name = serializers.CharField(source="connection.name")
    integration_id = serializers.UUIDField(source="connection.integration_id")
    integration_name = serializers.CharField(source="connection.integration.name")
    standing = serializers.SerializerMethodField()
    health_status = serializers.ChoiceField(
        HealthStatus.choices, source="connection.health.health_status"
    )
    reasons = serializers.ListField(
        child=serializers.ChoiceField(Reason.choices), source="connection.health.reasons"
    )
    failure_cause = serializers.ChoiceField(FailureCause.choices, allow_null=True)
    since = serializers.DateTimeField(allow_null=True)
    last_check_at = serializers.DateTimeField(
        source="connection.health.last_health_check_at", allow_null=True
    )
    error = serializers.SerializerMethodField()
    suggested_resolution = serializers.SerializerMethodField()
    muted = serializers.SerializerMethodField()

    def get_standing(self, shown: Shown) -> Standing:
        return standing_of(shown.connection.health)

    def get_error(self, shown: Shown) -> str | None:
        health = shown.connection.health
        if health.last_error_code:
            return sentence(health.last_error_code)
        return str(Reason(health.reasons[0]).label) if health.reasons else None

    def get_suggested_resolution(self, shown: Shown) -> SuggestedResolution | None:
        connection = shown.connection
        provider = connection.integration.provider
        return suggest(shown.failure_cause, connection.health.reasons, provider)

    def get_muted(self, shown: Shown) -> bool:
        return shown.connection.muted or shown.connection.integration.muted


class CountField(serializers.IntegerField):
    """How many connections stand in one place."""

    def __init__(self, standing: Standing) -> None:
        super().__init__(source="counts")
        self._standing = standing

    def to_representation(self, counts: Mapping[Standing, int]) -> int:  # type: ignore[override]
        return counts[self._standing]


class _CountsSerializer(ApiSerializer):
    healthy = CountField(Standing.HEALTHY)
    degraded = CountField(Standing.DEGRADED)
    unhealthy = CountField(Standing.UNHEALTHY)
    not_checked = CountField(Standing.NOT_CHECKED)
    inactive = CountField(Standing.INACTIVE)


class ByIntegrationQuery(ApiSerializer):
    integration_id = Ids()


class ByIntegrationSerializer(_CountsSerializer):
    integration_id = serializers.UUIDField()
    total = serializers.IntegerField()


class SummarySerializer(_CountsSerializer):
    total_connections = serializers.IntegerField(source="total")
    last_check_at = serializers.DateTimeField(allow_null=True)
    uptime_last_24h = serializers.FloatField(allow_null=True)
    uptime_last_7d = serializers.FloatField(allow_null=True)
    coverage_last_24h = serializers.FloatField(allow_null=True)
    has_more = serializers.SerializerMethodField()
    connections = SummaryConnectionSerializer(many=True)

    def get_has_more(self, summary: Summary) -> bool:
        return summary.total > len(summary.connections)


class RecentQuery(ApiSerializer):
    connection_id = Ids()
    limit = serializers.IntegerField(min_value=1, max_value=MOST, default=MOST)


class RecentCheckSerializer(ApiModelSerializer):
    class Meta:
        model = HealthCheck
        fields = RecentCheck._fields

    def to_representation(self, check: RecentCheck) -> dict[str, Any]:
        """Without the fields, which would take ten times as long."""
        return {
            "id": check.id,
            "status": check.status,
            "outcome": check.outcome,
            "failureCause": check.failure_cause,
            "latencyMs": check.latency_ms,
            "maintenance": check.maintenance,
            "createdAt": iso(check.created_at),
        }


class RecentSerializer(ApiSerializer):
    connection_id = serializers.UUIDField()
    checks = RecentCheckSerializer(many=True)


class TrendQuery(ApiSerializer):
    window = serializers.ChoiceField(list(WINDOWS), default="24h")


class TrendPointSerializer(ApiSerializer):
    at = serializers.DateTimeField()
    healthy = serializers.IntegerField()
    degraded = serializers.IntegerField()
    unhealthy = serializers.IntegerField()
    uptime = serializers.FloatField(allow_null=True)
    coverage = serializers.FloatField(allow_null=True)
    checks = serializers.IntegerField(allow_null=True)
    failed = serializers.IntegerField(allow_null=True)
    missed = serializers.IntegerField(allow_null=True)


class TrendSerializer(ApiSerializer):
    bucket_seconds = serializers.IntegerField()
    points = TrendPointSerializer(many=True)
