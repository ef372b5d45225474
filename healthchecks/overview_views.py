"""Endpoints of how many connections are, for pages that show them at once."""

from rest_framework.request import Request
from rest_framework.response import Response

from api.answers import succeed
from api.describing import describe
from api.pagination import read_query
from connections.models import Connection
from healthchecks.overview_serializers import (
    ByIntegrationQuery,
    ByIntegrationSerializer,
    RecentQuery,
    RecentSerializer,
    SummarySerializer,
    TrendQuery,
    TrendSerializer,
)
from healthchecks.recent import recent_checks
from healthchecks.summary import summarise, totals_of
from healthchecks.trend import trend
from integrations.models import Integration
from tenants.scoping import tenant_of, visible
from tenants.views import TenantView


class TenantSummary(TenantView):
    @describe("Get the summary", answer=SummarySerializer)
    def get(self, request: Request) -> Response:
        """How all connections are, those that need attention first: 100 at most.

        From 1,000 connections on the percentages may be up to a minute old.
        """
        return succeed(SummarySerializer(summarise(tenant_of(request).pk)).data)


class TotalsByIntegration(TenantView):
    @describe(
        "Count connections by integration",
        query=ByIntegrationQuery,
        answer=ByIntegrationSerializer,
        many=True,
        whole=True,
    )
    def get(self, request: Request) -> Response:
        """How many connections of up to 100 integrations stand where, in the order of their ids.

        Ids of nothing are left out.
        """
        wanted = read_query(request, ByIntegrationQuery)["integration_id"]
        found = totals_of(visible(Integration.objects.filter(pk__in=wanted), request))
        totals = [found[pk] for pk in wanted if pk in found]
        return succeed(ByIntegrationSerializer(totals, many=True).data)


class RecentHealthChecks(TenantView):
    @describe(
        "List recent health checks",
        query=RecentQuery,
        answer=RecentSerializer,
        many=True,
        whole=True,
    )
    def get(self, request: Request) -> Response:
        """The latest checks of up to 100 connections, newest first, in the order of their ids.

        Ids of nothing are left out.
        """
        query = read_query(request, RecentQuery)
        rows = visible(Connection.objects.filter(pk__in=query["connection_id"]), request)
        known = set(rows.values_list("pk", flat=True))
        wanted = [pk for pk in query["connection_id"] if pk in known]
        found = zip(wanted, recent_checks(wanted, query["limit"]), strict=True)
        shown = [{"connection_id": pk, "checks": checks} for pk, checks in found]
        return succeed(RecentSerializer(shown, many=True).data)


class TenantTrend(TenantView):
    @describe("Get the trend", query=TrendQuery, answer=TrendSerializer)
    def get(self, request: Request) -> Response:
        """How the connections were: by the hour for 24 hours, else by the day (UTC).

        Where those that are checked now stood at the end of each span, as far as they existed, and
        the uptime, coverage and checks of all within it. The last span goes on; figures end with
        the last full hour, and are null beyond. From 1,000 connections on all this may be up to a
        minute old.
        """
        window = read_query(request, TrendQuery)["window"]
        return succeed(TrendSerializer(trend(tenant_of(request).pk, window)).data)
