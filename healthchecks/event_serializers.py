"""Alerts and state changes as the API shows them. Connection and integration are at hand."""

from django.utils import timezone
from rest_framework import serializers

from api.lengths import in_words
from api.serializers import ApiModelSerializer
from connections.status import HealthStatus
from healthchecks.advice import SuggestedResolution, suggest
from healthchecks.errors import sentence
from healthchecks.models import Alert, HealthStateChange


class _OfConnection(ApiModelSerializer):
    """What happened, and to what."""

    connection_id = serializers.UUIDField()
    connection_name = serializers.CharField(source="connection.name")
    integration_id = serializers.UUIDField(source="connection.integration_id")
    integration_name = serializers.CharField(source="connection.integration.name")


class AlertSerializer(_OfConnection):
    downtime_start = serializers.DateTimeField(source="downtime_started_at")
    acknowledged_by = serializers.SerializerMethodField()
    message = serializers.SerializerMethodField()
    suggested_resolution = serializers.SerializerMethodField()
    incident_id = serializers.UUIDField(allow_null=True)
    told = serializers.SerializerMethodField()

    class Meta:
        model = Alert
        fields = (
            "id",
            "connection_id",
            "connection_name",
            "integration_id",
            "integration_name",
            "opened_at",
            "resolved_at",
            "downtime_start",
            "acknowledged_at",
            "acknowledged_by",
            "cause",
            "consecutive_failures",
            "message",
            "suggested_resolution",
            "incident_id",
            "told",
        )

    def get_acknowledged_by(self, alert: Alert) -> str | None:
        return alert.acknowledged_by or None

    def get_message(self, alert: Alert) -> str:
        """Say since when, or for how long, and why."""
        end = alert.resolved_at
        length = in_words((end or timezone.now()) - alert.downtime_started_at)
        downtime = f"Was down for {length}" if end else f"Down for {length}"
        return f"{downtime}: {sentence(alert.error_code)}"

    def get_suggested_resolution(self, alert: Alert) -> SuggestedResolution | None:
        return suggest(alert.cause, (), alert.connection.integration.provider)

    def get_told(self, alert: Alert) -> bool:
        return alert.told_at is not None


class StateChangeSerializer(_OfConnection):
    to = serializers.ChoiceField(HealthStatus.choices, source="to_status")

    class Meta:
        model = HealthStateChange
        fields = (
            "id",
            "connection_id",
            "connection_name",
            "integration_id",
            "integration_name",
            "to",
            "reasons",
            "health_check_id",
            "at",
        )

    def get_fields(self) -> dict[str, serializers.Field]:  # type: ignore[type-arg]
        before = serializers.ChoiceField(HealthStatus.choices, source="from_status")
        return {**super().get_fields(), "from": before}  # a word that Python keeps for itself
