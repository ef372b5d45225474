"""Endpoints of how all of a tenant's connections are."""

from rest_framework.request import Request
from rest_framework.response import Response

from api.answers import succeed
from api.describing import describe
from healthchecks.summary import summarise
from healthchecks.summary_serializers import SummarySerializer
from tenants.scoping import tenant_of
from tenants.views import TenantView


class TenantSummary(TenantView):
    @describe("Get the summary", answer=SummarySerializer)
    def get(self, request: Request) -> Response:
        """How all connections are, those that need attention first: 100 at most.

        From 1,000 connections on the percentages may be up to a minute old.
        """
        return succeed(SummarySerializer(summarise(tenant_of(request).pk)).data)
