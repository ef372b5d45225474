"""Endpoints of alerts and state changes."""

from django.http.response import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response

from api.answers import succeed
from api.csv_tables import AnswersCsvToo, wants_csv
from api.describing import describe
from api.pagination import page_by_id, read_query
from api.views import refuse_fields
from healthchecks import events
from healthchecks.csv_export import stream_changes
from healthchecks.event_serializers import AlertSerializer, StateChangeSerializer
from healthchecks.listing import with_connections
from healthchecks.models import Alert, HealthStateChange
from tenants.scoping import access_of, find, visible
from tenants.views import TenantView

_ALERTS = Alert.objects.select_related("connection__integration")


class AlertList(TenantView):
    @describe("List alerts", query=events.AlertQuery, answer=AlertSerializer, many=True)
    def get(self, request: Request) -> Response:
        """Downtimes that lasted longer than two minutes, newest first."""
        query = read_query(request, events.AlertQuery)
        rows = events.chosen_alerts(visible(Alert.objects.all(), request), query)
        return page_by_id(rows, query).filled(with_connections).answer(AlertSerializer)


class AlertItem(TenantView):
    @describe("Get an alert", answer=AlertSerializer)
    def get(self, request: Request, alert_id: str) -> Response:
        """One downtime that lasted longer than two minutes."""
        return succeed(AlertSerializer(find(_ALERTS.all(), request, alert_id)).data)


class Acknowledge(TenantView):
    @describe("Acknowledge an alert", answer=AlertSerializer)
    def post(self, request: Request, alert_id: str) -> Response:
        """Say that somebody has seen an alert, open or resolved. Whoever was first stays."""
        alert = find(_ALERTS.all(), request, alert_id)
        refuse_fields(request)
        events.acknowledge(alert, access_of(request).actor)
        return succeed(AlertSerializer(find(_ALERTS.all(), request, alert_id)).data)


class StateChangeList(AnswersCsvToo, TenantView):
    @describe(
        "List state changes",
        query=events.StateChangeQuery,
        answer=StateChangeSerializer,
        many=True,
        csv=True,
    )
    def get(self, request: Request) -> HttpResponseBase:
        """Changes of connections' health, newest first. As CSV all rows come at once."""
        as_csv = wants_csv(request)
        query = read_query(
            request, events.StateChangeFilters if as_csv else events.StateChangeQuery
        )
        rows = visible(HealthStateChange.objects.all(), request)
        rows = events.chosen_changes(rows, query)
        if as_csv:
            return stream_changes(request, rows)
        return page_by_id(rows, query).filled(with_connections).answer(StateChangeSerializer)
