"""Endpoints of the catalogue, of integrations and of their actions."""

from django.http import Http404
from rest_framework.request import Request
from rest_framework.response import Response

from api.answers import created, deleted, succeed
from api.cursors import read_cursor
from api.pagination import ListQuery, cut, page_by_id, read_query
from api.views import validated
from integrations import edits
from integrations.catalogue import providers
from integrations.models import Action, Integration
from integrations.serializers import (
    ActionSerializer,
    IntegrationCreation,
    IntegrationSerializer,
    ProviderSerializer,
)
from tenants.scoping import find, tenant_of, visible
from tenants.views import TenantView


class ProviderList(TenantView):
    """The catalogue, by slug."""

    def get(self, request: Request) -> Response:
        query = read_query(request, ListQuery)
        after = read_cursor(query["cursor"], {"slug"})["slug"] if query["cursor"] else ""
        found = [provider for slug, provider in providers().items() if slug > str(after)]
        page = cut(found[: query["limit"] + 1], query["limit"], lambda row: {"slug": row.slug})
        return page.answer(ProviderSerializer)


class ProviderItem(TenantView):
    def get(self, request: Request, slug: str) -> Response:
        if slug not in providers():
            raise Http404
        return succeed(ProviderSerializer(providers()[slug]).data)


class IntegrationList(TenantView):
    def get(self, request: Request) -> Response:
        query = read_query(request, ListQuery)
        rows = visible(Integration.objects.all(), request)
        return page_by_id(rows, query).answer(IntegrationSerializer)

    def post(self, request: Request) -> Response:
        tenant = tenant_of(request)
        fields = validated(IntegrationCreation(data=request.data, context={"tenant": tenant}))
        provider = fields.pop("provider")
        return created(IntegrationSerializer(edits.create(tenant, fields, provider)).data)


class IntegrationItem(TenantView):
    def get(self, request: Request, integration_id: str) -> Response:
        integration = find(Integration.objects.all(), request, integration_id)
        return succeed(IntegrationSerializer(integration).data)

    def patch(self, request: Request, integration_id: str) -> Response:
        integration = find(Integration.objects.all(), request, integration_id)
        form = IntegrationSerializer(
            integration, data=request.data, partial=True, context={"tenant": tenant_of(request)}
        )
        return succeed(IntegrationSerializer(edits.update(integration, validated(form))).data)

    def delete(self, request: Request, integration_id: str) -> Response:
        edits.delete(find(Integration.objects.all(), request, integration_id))
        return deleted()


class ActionList(TenantView):
    def get(self, request: Request, integration_id: str) -> Response:
        query = read_query(request, ListQuery)
        integration = find(Integration.objects.all(), request, integration_id)
        return page_by_id(integration.actions.all(), query).answer(ActionSerializer)

    def post(self, request: Request, integration_id: str) -> Response:
        integration = find(Integration.objects.all(), request, integration_id)
        fields = validated(ActionSerializer(data=request.data))
        return created(ActionSerializer(edits.create_action(integration, fields)).data)


class ActionItem(TenantView):
    def patch(self, request: Request, integration_id: str, action_id: str) -> Response:
        action = self._find(request, integration_id, action_id)
        form = ActionSerializer(action, data=request.data, partial=True)
        return succeed(ActionSerializer(edits.update_action(action, validated(form))).data)

    def delete(self, request: Request, integration_id: str, action_id: str) -> Response:
        edits.delete_action(self._find(request, integration_id, action_id))
        return deleted()

    def _find(self, request: Request, integration_id: str, action_id: str) -> Action:
        integration = find(Integration.objects.all(), request, integration_id)
        actions = Action.objects.filter(integration=integration).select_related("integration")
        return find(actions, request, action_id)
