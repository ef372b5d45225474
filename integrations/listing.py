"""Which integrations and actions a list shows, and in which order."""

from collections.abc import Mapping

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Lower
from rest_framework import serializers

from api.pagination import ListQuery, Order, Page, Query, page_by
from integrations.models import Action, Integration, IntegrationStatus

CUSTOM = "custom"  # stands for no provider

_CREATED_AT = Order(key=F("pk"), read=serializers.UUIDField().run_validation)  # ids tell time
_INTEGRATIONS = {
    "createdAt": _CREATED_AT,
    "name": Order(key=Lower("name"), read=serializers.CharField().run_validation),
}
_ACTIONS = {
    "createdAt": _CREATED_AT,
    "position": Order(key=F("position"), read=serializers.IntegerField().run_validation),
}


def _order(orders: Mapping[str, Order]) -> serializers.ChoiceField:
    choices = [sign + name for name in orders for sign in ("", "-")]
    return serializers.ChoiceField(choices, default="-createdAt")


class IntegrationQuery(ListQuery):
    search = serializers.CharField(max_length=200, required=False)
    status = serializers.ChoiceField(IntegrationStatus.choices, required=False)
    provider = serializers.CharField(max_length=80, required=False)
    order = _order(_INTEGRATIONS)


class ActionQuery(ListQuery):
    search = serializers.CharField(max_length=200, required=False)
    order = _order(_ACTIONS)


def page_of_integrations(rows: QuerySet[Integration], query: Query) -> Page:
    """Return a page of these integrations. One query."""
    if "search" in query:
        rows = rows.filter(name__icontains=query["search"])
    if "status" in query:
        rows = rows.filter(status=query["status"])
    if "provider" in query:
        rows = rows.filter(provider="" if query["provider"] == CUSTOM else query["provider"])
    return page_by(rows, query, _INTEGRATIONS)


def page_of_actions(rows: QuerySet[Action], query: Query) -> Page:
    """Return a page of these actions. One query."""
    if "search" in query:
        text = query["search"]
        rows = rows.filter(Q(name__icontains=text) | Q(path__icontains=text))
    return page_by(rows, query, _ACTIONS)
