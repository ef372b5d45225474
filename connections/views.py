"""Endpoints of connections and their credentials."""

from collections.abc import Callable

from django.http import Http404
from rest_framework.request import Request
from rest_framework.response import Response

from api.answers import created, deleted, succeed
from api.errors import Conflict
from api.pagination import read_query
from api.views import refuse_fields, validated
from connections import edits
from connections.listing import ConnectionQuery, page_of
from connections.models import Connection
from connections.serializers import (
    ConnectionCreation,
    ConnectionSerializer,
    CredentialSerializer,
    describe_credential,
    read_credential,
)
from tenants.scoping import find, tenant_of, visible
from tenants.views import TenantView


def find_connection(request: Request, connection_id: str) -> Connection:
    """Return the tenant's connection with all that is shown of it. Raises Http404."""
    return find(Connection.objects.with_health(), request, connection_id)


class ConnectionList(TenantView):
    def get(self, request: Request) -> Response:
        query = read_query(request, ConnectionQuery)
        rows = visible(Connection.objects.with_health(), request)
        return page_of(rows, query).answer(ConnectionSerializer)

    def post(self, request: Request) -> Response:
        tenant = tenant_of(request)
        fields = validated(ConnectionCreation(data=request.data, context={"tenant": tenant}))
        credential = fields.pop("credential")
        return created(ConnectionSerializer(edits.create(tenant, fields, credential)).data)


class ConnectionItem(TenantView):
    """Changing and deleting; reading comes with the health checks, which it shows."""

    def patch(self, request: Request, connection_id: str) -> Response:
        connection = find_connection(request, connection_id)
        form = ConnectionSerializer(
            connection, data=request.data, partial=True, context={"tenant": tenant_of(request)}
        )
        return succeed(ConnectionSerializer(edits.update(connection, validated(form))).data)

    def delete(self, request: Request, connection_id: str) -> Response:
        connection = find_connection(request, connection_id)
        edits.delete(connection.tenant_id, [connection.pk])
        return deleted()


class CredentialItem(TenantView):
    """Write-only: nothing answers with a secret."""

    def put(self, request: Request, connection_id: str) -> Response:
        connection = find_connection(request, connection_id)
        fields = validated(CredentialSerializer(data=request.data))
        credential = read_credential(fields, connection.integration)
        return succeed(describe_credential(edits.store_credential(connection, credential)))

    def delete(self, request: Request, connection_id: str) -> Response:
        if not edits.delete_credential(find_connection(request, connection_id)):
            raise Http404
        return deleted()


class Pause(TenantView):
    def post(self, request: Request, connection_id: str) -> Response:
        connection = find_connection(request, connection_id)
        refuse_fields(request)
        return _switch(edits.pause, connection)


class Resume(TenantView):
    def post(self, request: Request, connection_id: str) -> Response:
        connection = find_connection(request, connection_id)
        refuse_fields(request)
        return _switch(edits.resume, connection)


def _switch(switch: Callable[[Connection], Connection], connection: Connection) -> Response:
    try:
        return succeed(ConnectionSerializer(switch(connection)).data)
    except edits.IsDisabled:
        raise Conflict("The connection is disabled. Enable it first.") from None
