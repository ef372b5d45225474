"""The endpoint for many connections at once."""

from collections.abc import Callable, Collection, Mapping
from typing import Any
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from api.answers import created, succeed
from api.describing import describe
from api.errors import Conflict
from api.parsing import LargeJsonBody
from api.views import validated
from connections import edits
from connections.bulk_serializers import BulkAction, BulkCreation, BulkOutcome, Verb
from connections.serializers import ConnectionSerializer
from tenants.models import Role
from tenants.permissions import demand
from tenants.scoping import access_of, tenant_of
from tenants.views import TenantView

_ACTIONS: Mapping[str, Callable[[Collection[UUID]], None]] = {
    Verb.PAUSE: edits.pause_many,
    Verb.RESUME: edits.resume_many,
    Verb.CHECK: edits.check_many,
}


class Bulk(TenantView):
    parser_classes = (LargeJsonBody,)

    @describe(
        "Create or change connections in bulk",
        body=(BulkCreation, BulkAction),
        answer=BulkOutcome,
        also={201: ConnectionSerializer(many=True)},
    )
    def post(self, request: Request) -> Response:
        """Create up to 1,000 connections, or pause, resume or check up to 1,000: all or none.

        To create needs the role admin; a bare array is connections to create. `check` has the
        schedule check them at once, at the pace of their integrations' budgets. Connections that
        stand in the way answer 409, and `details` names their ids.
        """
        data = request.data
        if isinstance(data, list):
            data = {"connections": data}
        if isinstance(data, Mapping) and "connections" in data:
            demand(access_of(request), Role.ADMIN)
            return self._create(request, data)
        form = BulkAction(data=data, context={"tenant": tenant_of(request)})
        return self._act(**validated(form))

    def _create(self, request: Request, data: Any) -> Response:
        tenant = tenant_of(request)
        wanted = validated(BulkCreation.of(data, tenant))["connections"]
        pairs = [(fields, fields.pop("credential")) for fields in wanted]
        return created(ConnectionSerializer(edits.create_many(tenant, pairs), many=True).data)

    def _act(self, action: str, ids: Collection[UUID]) -> Response:
        try:
            _ACTIONS[action](ids)
        except edits.IsDisabled as refusal:
            text = "Some of these connections are disabled. Enable them first."
            raise Conflict(text, {"ids": refusal.connection_ids}) from None
        except edits.IsNotScheduled as refusal:
            text = (
                "Some of these connections are not being checked: they or their integrations are"
                " not active, or checks are turned off."
            )
            raise Conflict(text, {"ids": refusal.connection_ids}) from None
        return succeed(BulkOutcome({"action": action, "count": len(ids)}).data)
