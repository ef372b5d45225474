"""Incidents as the API shows them. The integration is at hand."""

from rest_framework import serializers

from api.serializers import ApiModelSerializer, ApiSerializer
from incidents.models import Incident, IncidentConnection
from incidents.timeline import EventKind


class IncidentSerializer(ApiModelSerializer):
    integration_id = serializers.UUIDField()
    integration_name = serializers.CharField(source="integration.name")
    provider = serializers.SerializerMethodField()
    state = serializers.SerializerMethodField()
    organisations_affected = serializers.IntegerField(source="organisations", allow_null=True)
    acknowledged_by = serializers.SerializerMethodField()

    class Meta:
        model = Incident
        fields = (
            "id",
            "integration_id",
            "integration_name",
            "provider",
            "state",
            "cause",
            "started_at",
            "opened_at",
            "resolved_at",
            "connections_affected",
            "connections_down",
            "wider",
            "organisations_affected",
            "acknowledged_at",
            "acknowledged_by",
        )

    def get_provider(self, incident: Incident) -> str | None:
        return incident.provider or None

    def get_state(self, incident: Incident) -> str:
        return "open" if incident.resolved_at is None else "resolved"

    def get_acknowledged_by(self, incident: Incident) -> str | None:
        return incident.acknowledged_by or None


class IncidentConnectionSerializer(ApiModelSerializer):
    connection_id = serializers.UUIDField()
    connection_name = serializers.CharField(source="connection.name")

    class Meta:
        model = IncidentConnection
        fields = ("connection_id", "connection_name", "failed_at", "recovered_at")


class IncidentPointSerializer(ApiSerializer):
    at = serializers.DateTimeField()
    down = serializers.IntegerField()


class IncidentEventSerializer(ApiSerializer):
    at = serializers.DateTimeField()
    kind = serializers.ChoiceField(EventKind.choices)
    count = serializers.IntegerField(allow_null=True)


class IncidentTimelineSerializer(ApiSerializer):
    points = IncidentPointSerializer(many=True)
    events = IncidentEventSerializer(many=True)
