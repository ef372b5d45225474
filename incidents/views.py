"""Endpoints of incidents."""

from rest_framework.request import Request
from rest_framework.response import Response

from api.answers import succeed
from api.describing import describe
from api.pagination import ListQuery, page_by_id, read_query
from api.views import refuse_fields
from healthchecks.listing import with_connections
from incidents import listing
from incidents.models import Incident, IncidentConnection
from incidents.serializers import (
    IncidentConnectionSerializer,
    IncidentSerializer,
    IncidentTimelineSerializer,
)
from incidents.timeline import timeline
from tenants.scoping import access_of, find, visible
from tenants.views import TenantView

_INCIDENTS = Incident.objects.select_related("integration")


class IncidentList(TenantView):
    @describe("List incidents", query=listing.IncidentQuery, answer=IncidentSerializer, many=True)
    def get(self, request: Request) -> Response:
        """Connections of an integration that began to fail together, newest first."""
        query = read_query(request, listing.IncidentQuery)
        rows = listing.chosen(visible(Incident.objects.all(), request), query)
        return page_by_id(rows, query).filled(listing.with_integrations).answer(IncidentSerializer)


class IncidentItem(TenantView):
    @describe("Get an incident", answer=IncidentSerializer)
    def get(self, request: Request, incident_id: str) -> Response:
        """Connections of one integration that began to fail together."""
        return succeed(IncidentSerializer(find(_INCIDENTS.all(), request, incident_id)).data)


class AcknowledgeIncident(TenantView):
    @describe("Acknowledge an incident", answer=IncidentSerializer)
    def post(self, request: Request, incident_id: str) -> Response:
        """Say that somebody has seen an incident, open or resolved. Whoever was first stays."""
        incident = find(_INCIDENTS.all(), request, incident_id)
        refuse_fields(request)
        listing.acknowledge(incident, access_of(request).actor)
        return succeed(IncidentSerializer(find(_INCIDENTS.all(), request, incident_id)).data)


class IncidentConnectionList(TenantView):
    @describe(
        "List the connections of an incident",
        query=ListQuery,
        answer=IncidentConnectionSerializer,
        many=True,
    )
    def get(self, request: Request, incident_id: str) -> Response:
        """Those that it affects, recovered ones too; who joined last comes first."""
        incident = find(Incident.objects.all(), request, incident_id)
        rows = visible(IncidentConnection.objects.all(), request).filter(incident=incident)
        page = page_by_id(rows, read_query(request, ListQuery))
        return page.filled(with_connections).answer(IncidentConnectionSerializer)


class IncidentTimeline(TenantView):
    @describe("Get the timeline of an incident", answer=IncidentTimelineSerializer)
    def get(self, request: Request, incident_id: str) -> Response:
        """How many connections were down when, and what happened."""
        incident = find(Incident.objects.all(), request, incident_id)
        return succeed(IncidentTimelineSerializer(timeline(incident)).data)
