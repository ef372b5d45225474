"""Endpoints of what a connection's history adds up to."""

import datetime as dt

from rest_framework.request import Request
from rest_framework.response import Response

from api.answers import succeed
from api.describing import describe
from api.pagination import read_query
from connections.views import find_connection
from healthchecks.failure_patterns import failure_patterns
from healthchecks.history import Scope, reach
from healthchecks.history_serializers import (
    FailuresQuery,
    FailuresSerializer,
    LatencyQuery,
    LatencySerializer,
    TimelineQuery,
    TimelineSerializer,
    UptimeSerializer,
)
from healthchecks.latency import bucket_seconds, points
from healthchecks.outages import uptimes
from healthchecks.timeline import timeline
from tenants.views import TenantView


class ConnectionUptime(TenantView):
    @describe("Get a connection's uptime", answer=UptimeSerializer)
    def get(self, request: Request, connection_id: str) -> Response:
        """Uptime, coverage and outages of the last 24 hours, 7, 30 and 90 days.

        Uptime is the share of observed time in which the connection was not unhealthy, coverage
        the share of planned checks that Vitals did not miss; both in percent. MTTR is the mean
        length of the outages that ended, MTBF the time without outage for each of them.
        """
        scope = Scope.of(find_connection(request, connection_id))
        return succeed(UptimeSerializer({"windows": uptimes(scope, reach())}).data)


class ConnectionLatency(TenantView):
    @describe("Get a connection's latency", query=LatencyQuery, answer=LatencySerializer)
    def get(self, request: Request, connection_id: str) -> Response:
        """Percentiles, in milliseconds, of the test action of the checks that passed.

        They come by 15 minutes for 24 hours, by the hour for 7 and 30 days, by the day (UTC) for
        90; times without such checks are left out.
        """
        window = read_query(request, LatencyQuery)["window"]
        connection = find_connection(request, connection_id)
        chart = {
            "bucket_seconds": bucket_seconds(window),
            "threshold_ms": connection.integration.degraded_latency_ms,
            "points": points(Scope.of(connection), reach(), window),
        }
        return succeed(LatencySerializer(chart).data)


class ConnectionFailures(TenantView):
    @describe("Get a connection's failures", query=FailuresQuery, answer=FailuresSerializer)
    def get(self, request: Request, connection_id: str) -> Response:
        """How many checks had which failure cause, at which hour of day (UTC), and the outages.

        The hundred newest outages are shown, newest first; one without an end goes on.
        """
        window = read_query(request, FailuresQuery)["window"]
        scope = Scope.of(find_connection(request, connection_id))
        return succeed(FailuresSerializer(failure_patterns(scope, reach(), window)).data)


class ConnectionTimeline(TenantView):
    @describe("Get a connection's timeline", query=TimelineQuery, answer=TimelineSerializer)
    def get(self, request: Request, connection_id: str) -> Response:
        """How many checks found what, over time.

        By 15 minutes for 24 hours, by 2 hours for 7 days, or by the interval where that is longer;
        times without checks are left out. The checks go with the tenant's retention.
        """
        window = read_query(request, TimelineQuery)["window"]
        connection = find_connection(request, connection_id)
        interval = dt.timedelta(minutes=connection.effective_interval_minutes)
        found = timeline(Scope.of(connection), reach(), window, interval)
        return succeed(TimelineSerializer(found).data)
