"""Endpoints of health checks: history, running one now, and what they add up to."""

import hmac
from collections import defaultdict
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import Http404
from django.urls import reverse
from rest_framework.exceptions import NotAuthenticated, NotFound, Throttled
from rest_framework.request import Request
from rest_framework.response import Response

from api.answers import created, succeed
from api.errors import Conflict, Gone, Unavailable
from api.pagination import Page, page_by_id, read_query
from api.views import NO_SUCH_ENDPOINT, ApiView, refuse_fields
from connections.models import Connection
from connections.views import ConnectionItem, find_connection
from healthchecks import fanout, history, live, manual
from healthchecks.listing import HealthCheckQuery, chosen
from healthchecks.manual import CheckState
from healthchecks.models import HealthCheck
from healthchecks.older_words import describe
from healthchecks.serializers import HealthCheckSerializer, show_detail, show_summary
from healthchecks.summary import summarise
from integrations.catalogue import providers
from integrations.models import Integration
from tenants.scoping import find, read_id, tenant_of, visible
from tenants.views import TenantView

PATIENCE = 15  # seconds that a person waits for the result of a check


class ConnectionDetail(ConnectionItem):
    """A connection with the summary of its health."""

    def get(self, request: Request, connection_id: str) -> Response:
        connection = find_connection(request, connection_id)
        scope = history.Scope(tenant_id=connection.tenant_id, connection_id=connection.pk)
        uptime = history.uptime(scope, history.DAY, history.WEEK)
        detail = show_detail(
            connection,
            last_check=_latest(connection),
            checks_last_24h=history.made_within(scope, history.DAY).count(),
            uptime_last_24h=uptime[history.DAY],
            uptime_last_7d=uptime[history.WEEK],
        )
        return succeed(detail)


class ConnectionHealthCheckList(TenantView):
    """A connection's history; posting runs a check now."""

    def get(self, request: Request, connection_id: str) -> Response:
        query = read_query(request, HealthCheckQuery)
        connection = find_connection(request, connection_id)
        page = page_by_id(chosen(HealthCheck.objects.filter(connection=connection), query), query)
        return _of_connection(connection, page).answer(HealthCheckSerializer)

    def post(self, request: Request, connection_id: str) -> Response:
        connection = find_connection(request, connection_id)
        refuse_fields(request)
        try:
            check_id = manual.request_check(connection).check_id
        except manual.NotCheckable as refusal:
            raise Conflict(str(refusal)) from None
        except manual.TooManyChecks as refusal:
            text = f"At most {manual.MOST_PER_MINUTE} checks a minute for one connection."
            raise Throttled(refusal.retry_after, text) from None
        except manual.NotSent:
            raise Unavailable from None
        try:
            check = manual.wait_for(check_id, connection, timeout=PATIENCE)
        except manual.Dropped:
            find_connection(request, connection_id)  # not found, if that is why
            text = "The connection was changed while it was being checked. Ask again."
            raise Conflict(text) from None
        if check is None:
            return _pending(check_id)
        check.connection = connection
        return created(HealthCheckSerializer(check).data)


class LatestHealthCheck(TenantView):
    def get(self, request: Request, connection_id: str) -> Response:
        check = _latest(find_connection(request, connection_id))
        if check is None:
            raise Http404
        return succeed(HealthCheckSerializer(check).data)


class HealthCheckList(TenantView):
    """The checks of all of the tenant's connections."""

    def get(self, request: Request) -> Response:
        query = read_query(request, HealthCheckQuery)
        rows = visible(HealthCheck.objects.select_related("connection__integration"), request)
        return page_by_id(chosen(rows, query), query).answer(HealthCheckSerializer)


class HealthCheckItem(TenantView):
    """One check; 202 while a check that was asked for is under way, 410 if it was lost."""

    def get(self, request: Request, check_id: str) -> Response:
        rows = HealthCheck.objects.select_related("connection__integration")
        try:
            return succeed(HealthCheckSerializer(find(rows, request, check_id)).data)
        except Http404:
            return self._without_result(request, read_id(check_id))

    def _without_result(self, request: Request, pk: UUID | None) -> Response:
        state = manual.state_of(pk, tenant_of(request).pk) if pk else CheckState.UNKNOWN
        match state:
            case CheckState.PENDING if pk:
                return _pending(pk)
            case CheckState.LOST:
                raise Gone("This check was lost, or dropped by an edit. Ask again.")
            case _:
                raise Http404


class TenantSummary(TenantView):
    def get(self, request: Request) -> Response:
        return succeed(show_summary(summarise(tenant_of(request).pk)))


class IntegrationHealth(TenantView):
    """The older vocabulary: a bare array, from the live store."""

    def get(self, request: Request) -> Response:
        entries = defaultdict(list)
        for entry in live.read(tenant_of(request).pk):
            entries[entry.integration_id].append(entry)
        rows = visible(Integration.objects.filter(pk__in=entries), request).order_by("slug")
        return Response(
            [describe(row.slug, providers().get(row.provider), entries[row.pk]) for row in rows]
        )


class Dispatch(ApiView):
    """A dispatch now, for an outside cron, which shows CRON_SECRET."""

    authentication_classes = ()
    permission_classes = ()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        if settings.CRON_SECRET is None:
            raise NotFound(NO_SUCH_ENDPOINT)
        super().initial(request, *args, **kwargs)

    def post(self, request: Request) -> Response:
        # Headers come as Latin-1; compared as bytes, in a time that tells nothing.
        shown = request.headers.get("Authorization", "").encode("latin-1", "replace")
        if not hmac.compare_digest(shown, f"Bearer {settings.CRON_SECRET}".encode()):
            raise NotAuthenticated("Show CRON_SECRET as a bearer token.")
        return succeed(fanout.fan_out())

    def get_authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="cron"'


def _latest(connection: Connection) -> HealthCheck | None:
    """Return the newest check of a connection; None before the first. One query."""
    check = HealthCheck.objects.filter(connection=connection).order_by("-pk").first()
    if check is not None:
        check.connection = connection
    return check


def _of_connection(connection: Connection, page: Page) -> Page:
    """Let the rows share the connection that is at hand, instead of joining it to each."""
    for check in page.rows:
        check.connection = connection
    return page


def _pending(check_id: UUID) -> Response:
    location = reverse("health-checks/{check_id}", kwargs={"check_id": check_id})
    pending = {"id": check_id, "state": CheckState.PENDING.value}
    return succeed(pending, status=202, headers={"Location": location})
