"""Endpoints of connections and their credentials."""

from collections.abc import Callable

from django.http import Http404
from rest_framework.request import Request
from rest_framework.response import Response

from api.answers import created, deleted, succeed
from api.describing import describe
from api.errors import Conflict
from api.pagination import read_query
from api.views import refuse_fields, validated
from connections import edits
from connections.listing import ConnectionQuery, page_of
from connections.models import Connection
from connections.serializers import (
    ConnectionChange,
    ConnectionCreation,
    ConnectionSerializer,
    CredentialSerializer,
    ExpirySerializer,
    KnownCredentialSerializer,
    read_credential,
)
from integrations.mute_serializers import MuteSerializer
from integrations.muting import mute, unmute
from tenants.scoping import find, tenant_of, visible
from tenants.views import TenantView


def find_connection(request: Request, connection_id: str) -> Connection:
    """Return the tenant's connection with all that is shown of it. Raises Http404."""
    return find(Connection.objects.with_health(), request, connection_id)


class ConnectionList(TenantView):
    @describe("List connections", query=ConnectionQuery, answer=ConnectionSerializer, many=True)
    def get(self, request: Request) -> Response:
        """The tenant's connections with their health, newest first unless `order` says another."""
        query = read_query(request, ConnectionQuery)
        rows = visible(Connection.objects.all(), request)
        return page_of(rows, query).answer(ConnectionSerializer)

    @describe(
        "Create a connection", body=ConnectionCreation, answer=ConnectionSerializer, status=201
    )
    def post(self, request: Request) -> Response:
        """Its first check is due at once. The credential may come along or later."""
        tenant = tenant_of(request)
        fields = validated(ConnectionCreation(data=request.data, context={"tenant": tenant}))
        credential = fields.pop("credential")
        return created(ConnectionSerializer(edits.create(tenant, fields, credential)).data)


class ConnectionItem(TenantView):
    """Changing and deleting; reading comes with the health checks, which it shows."""

    @describe("Change a connection", body=ConnectionChange, answer=ConnectionSerializer)
    def patch(self, request: Request, connection_id: str) -> Response:
        """What is left out stays. A variable that leads to another host needs the credential again,
        in the same request."""
        connection = find_connection(request, connection_id)
        form = ConnectionChange(
            connection, data=request.data, partial=True, context={"tenant": tenant_of(request)}
        )
        changes = validated(form)
        credential = changes.pop("credential")
        changed = edits.update(connection, changes)
        if credential:
            changed = edits.store_credential(changed, credential)
        return succeed(ConnectionSerializer(changed).data)

    @describe("Delete a connection")
    def delete(self, request: Request, connection_id: str) -> Response:
        """Its credential and history go with it."""
        connection = find_connection(request, connection_id)
        edits.delete(connection.tenant_id, [connection.pk])
        return deleted()


class CredentialItem(TenantView):
    """Write-only: nothing answers with a secret."""

    @describe("Store a credential", body=CredentialSerializer, answer=KnownCredentialSerializer)
    def put(self, request: Request, connection_id: str) -> Response:
        """Replaces the one that is there, forgets recent failures, and is tried at once."""
        connection = find_connection(request, connection_id)
        fields = validated(CredentialSerializer(data=request.data))
        credential = read_credential(fields, connection.integration)
        stored = edits.store_credential(connection, credential)
        return succeed(KnownCredentialSerializer(stored).data)

    @describe(
        "Change when a credential expires", body=ExpirySerializer, answer=KnownCredentialSerializer
    )
    def patch(self, request: Request, connection_id: str) -> Response:
        """The secret stays. Null: it is left to what the token itself and its provider tell."""
        connection = find_connection(request, connection_id)
        fields = validated(ExpirySerializer(data=request.data))
        try:
            changed = edits.set_expiry(connection, fields["expires_at"])
        except edits.ExpiryComesWithTokens:
            raise Conflict("OAuth 2 tokens bring their expiry: enter it with the secret.") from None
        return succeed(KnownCredentialSerializer(changed).data)

    @describe("Delete a credential")
    def delete(self, request: Request, connection_id: str) -> Response:
        """The connection stays, and is unhealthy until it has a credential again."""
        if not edits.delete_credential(find_connection(request, connection_id)):
            raise Http404
        return deleted()


class Pause(TenantView):
    @describe("Pause a connection", answer=ConnectionSerializer)
    def post(self, request: Request, connection_id: str) -> Response:
        """No check is made until it is resumed; one that is under way is dropped."""
        connection = find_connection(request, connection_id)
        refuse_fields(request)
        return _switch(edits.pause, connection)


class Resume(TenantView):
    @describe("Resume a connection", answer=ConnectionSerializer)
    def post(self, request: Request, connection_id: str) -> Response:
        """Its next check is due at once."""
        connection = find_connection(request, connection_id)
        refuse_fields(request)
        return _switch(edits.resume, connection)


class Mute(TenantView):
    @describe("Mute a connection", body=MuteSerializer, answer=ConnectionSerializer)
    def post(self, request: Request, connection_id: str) -> Response:
        """Tell nobody of it, until a moment or until it is unmuted. Checks go on.

        Without a body it is muted until it is unmuted.
        """
        connection = find_connection(request, connection_id)
        mute(connection, validated(MuteSerializer(data=request.data))["until"])
        return succeed(ConnectionSerializer(connection).data)


class Unmute(TenantView):
    @describe("Unmute a connection", answer=ConnectionSerializer)
    def post(self, request: Request, connection_id: str) -> Response:
        """Tell people of it again."""
        connection = find_connection(request, connection_id)
        refuse_fields(request)
        unmute(connection)
        return succeed(ConnectionSerializer(connection).data)


def _switch(switch: Callable[[Connection], Connection], connection: Connection) -> Response:
    try:
        return succeed(ConnectionSerializer(switch(connection)).data)
    except edits.IsDisabled:
        raise Conflict("The connection is disabled. Enable it first.") from None
