"""Endpoints of the catalogue, of integrations and of their actions."""

from django.http import Http404
from rest_framework.request import Request
from rest_framework.response import Response

from api.answers import created, deleted, succeed
from api.cursors import read_cursor
from api.describing import describe
from api.pagination import cut, read_query
from api.views import refuse_fields, validated
from integrations import edits
from integrations.catalogue import find_providers, providers
from integrations.listing import (
    ActionQuery,
    IntegrationQuery,
    page_of_actions,
    page_of_integrations,
)
from integrations.models import Action, Integration
from integrations.mute_serializers import MuteSerializer
from integrations.muting import mute, unmute
from integrations.provider_serializers import ProviderQuery, ProviderSerializer
from integrations.serializers import (
    ActionSerializer,
    IntegrationChange,
    IntegrationCreation,
    IntegrationSerializer,
)
from tenants.scoping import find, tenant_of, visible
from tenants.views import TenantView


class ProviderList(TenantView):
    @describe("List providers", query=ProviderQuery, answer=ProviderSerializer, many=True)
    def get(self, request: Request) -> Response:
        """The catalogue of APIs that an integration can be made from, by slug."""
        query = read_query(request, ProviderQuery)
        after = read_cursor(query["cursor"], {"slug"})["slug"] if query["cursor"] else ""
        rows = find_providers(search=query["search"], category=query["category"])
        found = [row for row in rows if row.slug > str(after)]
        page = cut(found[: query["limit"] + 1], query["limit"], lambda row: {"slug": row.slug})
        return page.answer(ProviderSerializer)


class ProviderItem(TenantView):
    @describe("Get a provider", answer=ProviderSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """One API of the catalogue."""
        if slug not in providers():
            raise Http404
        return succeed(ProviderSerializer(providers()[slug]).data)


class IntegrationList(TenantView):
    @describe("List integrations", query=IntegrationQuery, answer=IntegrationSerializer, many=True)
    def get(self, request: Request) -> Response:
        """The tenant's integrations, newest first unless `order` says another."""
        query = read_query(request, IntegrationQuery)
        rows = visible(Integration.objects.all(), request)
        return page_of_integrations(rows, query).answer(IntegrationSerializer)

    @describe(
        "Create an integration", body=IntegrationCreation, answer=IntegrationSerializer, status=201
    )
    def post(self, request: Request) -> Response:
        """A custom one needs name and base URL; one of a provider is filled from the catalogue."""
        tenant = tenant_of(request)
        fields = validated(IntegrationCreation(data=request.data, context={"tenant": tenant}))
        provider = fields.pop("provider")
        return created(IntegrationSerializer(edits.create(tenant, fields, provider)).data)


class IntegrationItem(TenantView):
    @describe("Get an integration", answer=IntegrationSerializer)
    def get(self, request: Request, integration_id: str) -> Response:
        """One integration with its health-check configuration."""
        integration = find(Integration.objects.all(), request, integration_id)
        return succeed(IntegrationSerializer(integration).data)

    @describe("Change an integration", body=IntegrationChange, answer=IntegrationSerializer)
    def patch(self, request: Request, integration_id: str) -> Response:
        """What is left out stays. Another host, auth type or secret's field is refused while
        connections have credentials for the old one."""
        integration = find(Integration.objects.all(), request, integration_id)
        form = IntegrationChange(
            integration, data=request.data, partial=True, context={"tenant": tenant_of(request)}
        )
        return succeed(IntegrationSerializer(edits.update(integration, validated(form))).data)

    @describe("Delete an integration")
    def delete(self, request: Request, integration_id: str) -> Response:
        """Its actions, connections and their history go with it."""
        edits.delete(find(Integration.objects.all(), request, integration_id))
        return deleted()


class Mute(TenantView):
    @describe("Mute an integration", body=MuteSerializer, answer=IntegrationSerializer)
    def post(self, request: Request, integration_id: str) -> Response:
        """Tell nobody of its connections, until a moment or until it is unmuted. Checks go on.

        Without a body it is muted until it is unmuted.
        """
        integration = find(Integration.objects.all(), request, integration_id)
        mute(integration, validated(MuteSerializer(data=request.data))["until"])
        return succeed(IntegrationSerializer(integration).data)


class Unmute(TenantView):
    @describe("Unmute an integration", answer=IntegrationSerializer)
    def post(self, request: Request, integration_id: str) -> Response:
        """Tell people of its connections again."""
        integration = find(Integration.objects.all(), request, integration_id)
        refuse_fields(request)
        unmute(integration)
        return succeed(IntegrationSerializer(integration).data)


class ActionList(TenantView):
    @describe("List actions", query=ActionQuery, answer=ActionSerializer, many=True)
    def get(self, request: Request, integration_id: str) -> Response:
        """The requests that an integration can make, newest first unless `order` says another."""
        query = read_query(request, ActionQuery)
        integration = find(Integration.objects.all(), request, integration_id)
        return page_of_actions(integration.actions.all(), query).answer(ActionSerializer)

    @describe("Create an action", body=ActionSerializer, answer=ActionSerializer, status=201)
    def post(self, request: Request, integration_id: str) -> Response:
        """It comes behind the others unless a position is given."""
        integration = find(Integration.objects.all(), request, integration_id)
        form = ActionSerializer(data=request.data, context={"integration": integration})
        fields = validated(form)
        return created(ActionSerializer(edits.create_action(integration, fields)).data)


class ActionItem(TenantView):
    @describe("Get an action", answer=ActionSerializer)
    def get(self, request: Request, integration_id: str, action_id: str) -> Response:
        """One request that an integration can make."""
        return succeed(ActionSerializer(find_action(request, integration_id, action_id)).data)

    @describe("Change an action", body=ActionSerializer, answer=ActionSerializer)
    def patch(self, request: Request, integration_id: str, action_id: str) -> Response:
        """What is left out stays. The test action must stay a harmless call."""
        action = find_action(request, integration_id, action_id)
        form = ActionSerializer(action, data=request.data, partial=True)
        return succeed(ActionSerializer(edits.update_action(action, validated(form))).data)

    @describe("Delete an action")
    def delete(self, request: Request, integration_id: str, action_id: str) -> Response:
        """Where it was the test action, the next choice takes its place."""
        edits.delete_action(find_action(request, integration_id, action_id))
        return deleted()


def find_action(request: Request, integration_id: str, action_id: str) -> Action:
    """Return the action below the tenant's integration, which is at hand. Raises Http404."""
    integration = find(Integration.objects.all(), request, integration_id)
    actions = Action.objects.filter(integration=integration).select_related("integration")
    return find(actions, request, action_id)
