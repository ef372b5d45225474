"""Endpoints of health checks: history, running one now, and what they add up to."""

import hmac
from collections import defaultdict
from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import Http404
from django.http.response import HttpResponseBase
from django.urls import reverse
from rest_framework.exceptions import NotAuthenticated, NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from api.answers import created, succeed
from api.csv_tables import AnswersCsvToo, wants_csv
from api.describing import describe
from api.errors import Conflict, Gone, TooMany, Unavailable
from api.pagination import Page, page_by_id, read_query
from api.views import NO_SUCH_ENDPOINT, ApiView, refuse_fields
from connections.models import Connection
from connections.views import ConnectionItem, find_connection
from healthchecks import fanout, history, live, manual, older_words
from healthchecks.csv_export import stream_checks
from healthchecks.held import DAY
from healthchecks.listing import (
    HealthCheckFilters,
    HealthCheckQuery,
    HistoryFilters,
    HistoryQuery,
    chosen,
    with_connections,
)
from healthchecks.manual import CheckState
from healthchecks.models import HealthCheck
from healthchecks.serializers import (
    ConnectionDetailSerializer,
    DispatchSerializer,
    HealthCheckSerializer,
    OlderStateSerializer,
    PendingSerializer,
    show_detail,
)
from healthchecks.summary import since_when
from integrations.catalogue import providers
from integrations.models import Action, Integration
from integrations.test_actions import effective_test_action
from tenants.row_security import for_all_tenants, for_tenant
from tenants.scoping import find, read_id, tenant_of, visible
from tenants.views import TenantView, own_transactions

PATIENCE = 15  # seconds that a person waits for the result of a check


class ConnectionDetail(ConnectionItem):
    @describe("Get a connection", answer=ConnectionDetailSerializer)
    def get(self, request: Request, connection_id: str) -> Response:
        """A connection with the summary of its health and its last check."""
        connection = find_connection(request, connection_id)
        scope, at = history.Scope.of(connection), history.reach()
        seen = history.observe(scope, at, (DAY, history.WEEK))
        lately = history.made_between(scope.checks, at.start(DAY), None)
        detail = show_detail(
            connection,
            test_action=_test_action(connection),
            since=since_when([connection])[connection.pk],
            last_check=_latest(connection),
            checks_last_24h=lately.count(),
            uptime_last_24h=seen[DAY].uptime,
            uptime_last_7d=seen[history.WEEK].uptime,
        )
        return succeed(detail)


class ConnectionHealthCheckList(AnswersCsvToo, TenantView):
    @describe(
        "List health checks of a connection",
        query=HistoryQuery,
        answer=HealthCheckSerializer,
        many=True,
        csv=True,
    )
    def get(self, request: Request, connection_id: str) -> HttpResponseBase:
        """A connection's history, newest first. As CSV all rows come at once."""
        as_csv = wants_csv(request)
        query = read_query(request, HistoryFilters if as_csv else HistoryQuery)
        connection = find_connection(request, connection_id)
        rows = chosen(HealthCheck.objects.filter(connection=connection), query)
        if as_csv:
            return stream_checks(request, rows)
        return _of_connection(connection, page_by_id(rows, query)).answer(HealthCheckSerializer)

    @describe(
        "Check a connection now",
        answer=HealthCheckSerializer,
        status=201,
        also={202: PendingSerializer},
        errors=(429,),
    )
    @own_transactions  # the claim is committed before the wait
    def post(self, request: Request, connection_id: str) -> Response:
        """Waits for the result, up to 15 seconds; after that answers 202 with its `Location`.

        A check that is under way is joined. At most 6 a minute for one connection.
        """
        connection = _found(request, connection_id)
        refuse_fields(request)
        try:
            check_id = manual.request_check(connection).check_id
        except manual.NotCheckable as refusal:
            raise Conflict(str(refusal)) from None
        except manual.TooManyChecks as refusal:
            text = f"At most {manual.MOST_PER_MINUTE} checks a minute for one connection."
            raise TooMany(refusal.retry_after, text) from None
        except manual.NotSent:
            raise Unavailable from None
        try:
            check = manual.wait_for(check_id, connection, timeout=PATIENCE)
        except manual.Dropped:
            _found(request, connection_id)  # not found, if that is why
            text = "The connection was changed while it was being checked. Ask again."
            raise Conflict(text) from None
        if check is None:
            return _pending(check_id)
        check.connection = connection
        return created(HealthCheckSerializer(check).data)


class LatestHealthCheck(TenantView):
    @describe("Get the latest health check", answer=HealthCheckSerializer)
    def get(self, request: Request, connection_id: str) -> Response:
        """The newest check of a connection; 404 before the first."""
        check = _latest(find_connection(request, connection_id))
        if check is None:
            raise Http404
        return succeed(HealthCheckSerializer(check).data)


class HealthCheckList(AnswersCsvToo, TenantView):
    @describe(
        "List health checks",
        query=HealthCheckQuery,
        answer=HealthCheckSerializer,
        many=True,
        csv=True,
    )
    def get(self, request: Request) -> HttpResponseBase:
        """The checks of all of the tenant's connections, newest first. As CSV all rows at once."""
        as_csv = wants_csv(request)
        query = read_query(request, HealthCheckFilters if as_csv else HealthCheckQuery)
        rows = chosen(visible(HealthCheck.objects.all(), request), query)
        if as_csv:
            return stream_checks(request, rows)
        return page_by_id(rows, query).filled(with_connections).answer(HealthCheckSerializer)


class HealthCheckItem(TenantView):
    @describe(
        "Get a health check",
        answer=HealthCheckSerializer,
        also={202: PendingSerializer},
        errors=(410,),
    )
    def get(self, request: Request, check_id: str) -> Response:
        """One check; 202 while one that was asked for is under way, 410 if it was lost."""
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


class IntegrationHealth(TenantView):
    @describe(
        "List the states of integrations",
        answer=OlderStateSerializer,
        many=True,
        whole=True,
        bare=True,
    )
    def get(self, request: Request) -> Response:
        """Each integration by the latest conclusive checks of its connections: a bare array.

        From the live store, in the older vocabulary.
        """
        entries = defaultdict(list)
        for entry in live.read(tenant_of(request).pk):
            entries[entry.integration_id].append(entry)
        rows = visible(Integration.objects.filter(pk__in=entries), request).order_by("slug")
        states = [
            older_words.describe(row.slug, providers().get(row.provider), entries[row.pk])
            for row in rows
        ]
        return Response(OlderStateSerializer(states, many=True).data)


class Dispatch(ApiView):
    """A dispatch now, for an outside cron, which shows CRON_SECRET."""

    authentication_classes = ()
    permission_classes = ()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        if settings.CRON_SECRET is None:
            raise NotFound(NO_SUCH_ENDPOINT)
        super().initial(request, *args, **kwargs)

    @describe("Dispatch now", answer=DispatchSerializer, errors=(404,), security="cronSecret")
    def post(self, request: Request) -> Response:
        """Claims the checks that are due and sends them to the workers; 404 while it is off."""
        # Headers come as Latin-1; compared as bytes, in a time that tells nothing.
        shown = request.headers.get("Authorization", "").encode("latin-1", "replace")
        if not hmac.compare_digest(shown, f"Bearer {settings.CRON_SECRET}".encode()):
            raise NotAuthenticated("Show CRON_SECRET as a bearer token.")
        refuse_fields(request)
        with for_all_tenants():
            return succeed(DispatchSerializer(fanout.fan_out()).data)

    def get_authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="cron"'


def _found(request: Request, connection_id: str) -> Connection:
    """Return the tenant's connection, in a transaction of its own. Raises Http404."""
    with for_tenant(tenant_of(request).pk):
        return find_connection(request, connection_id)


def _test_action(connection: Connection) -> Action | None:
    """Return what a check would execute now.

    All actions, of which there may be thousands, are read only where nobody has chosen one.
    """
    integration, own = connection.integration, connection.health_check_test_action_id
    choose = partial(effective_test_action, integration, own=own, variables=connection.variables)
    actions = integration.actions.all()
    return choose(actions.filter(pk__in=[own, integration.test_action_id])) or choose(actions)


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
