"""Endpoints of maintenance windows."""

from rest_framework.request import Request
from rest_framework.response import Response

from api.answers import created, deleted, succeed
from api.describing import describe
from api.errors import Conflict
from api.pagination import ListQuery, page_by_id, read_query
from api.views import validated
from maintenance import edits
from maintenance.calendar import calendar
from maintenance.models import MaintenanceWindow
from maintenance.serializers import CalendarQuery, MaintenanceWindowSerializer, OccurrenceSerializer
from tenants.scoping import find, tenant_of, visible
from tenants.views import TenantView


class WindowList(TenantView):
    @describe(
        "List maintenance windows", query=ListQuery, answer=MaintenanceWindowSerializer, many=True
    )
    def get(self, request: Request) -> Response:
        """The tenant's windows, those that are over included, newest first."""
        rows = visible(MaintenanceWindow.objects.all(), request)
        return page_by_id(rows, read_query(request, ListQuery)).answer(MaintenanceWindowSerializer)

    @describe(
        "Create a maintenance window",
        body=MaintenanceWindowSerializer,
        answer=MaintenanceWindowSerializer,
        status=201,
    )
    def post(self, request: Request) -> Response:
        """It covers what is named: integrations, connections, and what has one of the tags. Without
        any of these it covers everything."""
        tenant = tenant_of(request)
        edits.turn(tenant.pk)
        fields = validated(
            MaintenanceWindowSerializer(data=request.data, context={"tenant": tenant})
        )
        if not edits.has_room(tenant):
            raise Conflict(f"There are {edits.MOST_WINDOWS} windows: delete what is over first.")
        window = MaintenanceWindow.objects.create(tenant=tenant, **fields)
        return created(MaintenanceWindowSerializer(window).data)


class WindowItem(TenantView):
    @describe("Get a maintenance window", answer=MaintenanceWindowSerializer)
    def get(self, request: Request, window_id: str) -> Response:
        """One window, with the time that it comes next."""
        window = find(MaintenanceWindow.objects.all(), request, window_id)
        return succeed(MaintenanceWindowSerializer(window).data)

    @describe(
        "Change a maintenance window",
        body=MaintenanceWindowSerializer,
        answer=MaintenanceWindowSerializer,
    )
    def patch(self, request: Request, window_id: str) -> Response:
        """What is left out stays. Checks that were made keep the mark that they have."""
        tenant = tenant_of(request)
        edits.turn(tenant.pk)
        window = find(MaintenanceWindow.objects.all(), request, window_id)
        form = MaintenanceWindowSerializer(
            window, data=request.data, partial=True, context={"tenant": tenant}
        )
        for name, value in validated(form).items():
            setattr(window, name, value)
        window.save()
        return succeed(MaintenanceWindowSerializer(window).data)

    @describe("Delete a maintenance window")
    def delete(self, request: Request, window_id: str) -> Response:
        """Ends it, if it goes on. Checks that were made keep the mark that they have."""
        find(MaintenanceWindow.objects.all(), request, window_id).delete()
        return deleted()


class Calendar(TenantView):
    @describe(
        "Read the maintenance calendar",
        query=CalendarQuery,
        answer=OccurrenceSerializer,
        many=True,
        whole=True,
    )
    def get(self, request: Request) -> Response:
        """Every time that a window comes, in 92 days at most, by its start."""
        query = read_query(request, CalendarQuery)
        entries = calendar(tenant_of(request), query["start"], query["to"])
        return succeed(OccurrenceSerializer(entries, many=True).data)
