"""Many connections in one request, as the API takes them."""

from collections.abc import Mapping
from typing import Any, Self
from uuid import UUID

from django.db.models import TextChoices
from rest_framework import serializers

from api.serializers import ApiSerializer
from connections.models import Connection
from connections.serializers import ConnectionCreation
from integrations.models import Action, Integration
from tenants.models import Tenant
from tenants.scoping import OwnedField, read_id

MOST_AT_ONCE = 1000  # connections (api.md)


class Verb(TextChoices):
    """What can be done with many connections."""

    PAUSE = "pause"
    RESUME = "resume"
    CHECK = "check"


class _PreloadedField(OwnedField):
    """A reference to one of the rows in the context: as many references, one query."""

    def to_internal_value(self, data: Any) -> Any:
        pk = read_id(data) if isinstance(data, str) else None
        row = self.context["preloaded"].get((self.field_name, pk))
        if row is None:
            self.fail("does_not_exist")
        return row


class BulkRow(ConnectionCreation):
    integration_id = _PreloadedField(source="integration", queryset=Integration.objects.all())
    health_check_test_action_id = _PreloadedField(
        source="health_check_test_action",
        queryset=Action.objects.all(),
        allow_null=True,
        required=False,
    )


class BulkCreation(ApiSerializer):
    """Connections to create, all or none. Errors stand by the number of their row, from 0."""

    connections: Any = serializers.ListSerializer(
        child=BulkRow(), allow_empty=False, max_length=MOST_AT_ONCE
    )

    @classmethod
    def of(cls, data: Any, tenant: Tenant) -> Self:
        """Return the form for what a body says. Two queries, and none while it is validated."""
        context = {"tenant": tenant, "preloaded": _preload(data, tenant)}
        return cls(data=data, context=context)

    def to_internal_value(self, data: Any) -> Any:
        try:
            return super().to_internal_value(data)
        except serializers.ValidationError as error:
            raise serializers.ValidationError(_by_row(error.detail)) from None


class BulkAction(ApiSerializer):
    """What is to be done with which connections."""

    action = serializers.ChoiceField(Verb.choices)
    ids = serializers.ListField(
        child=serializers.UUIDField(), allow_empty=False, max_length=MOST_AT_ONCE
    )

    def validate_ids(self, ids: list[UUID]) -> list[UUID]:
        """Return each id once. One query."""
        own = Connection.objects.filter(tenant=self.context["tenant"], pk__in=ids)
        found = set(own.values_list("pk", flat=True))
        if missing := [n for n, pk in enumerate(ids) if pk not in found]:
            text = "There is none with this id."
            raise serializers.ValidationError({str(n): [text] for n in missing})
        return list(found)


class BulkOutcome(ApiSerializer):
    """What was done, and with how many connections."""

    action = serializers.ChoiceField(Verb.choices)
    count = serializers.IntegerField()


def _preload(data: Any, tenant: Tenant) -> Mapping[tuple[str, UUID], Any]:
    """Return the tenant's rows that the connections in `data` refer to, by field and id."""
    given = data.get("connections") if isinstance(data, Mapping) else None
    rows = [row for row in given if isinstance(row, Mapping)] if isinstance(given, list) else []
    preloaded: dict[tuple[str, UUID], Any] = {}
    for field, kind in (("integrationId", Integration), ("healthCheckTestActionId", Action)):
        texts = {text for row in rows if isinstance(text := row.get(field), str)}
        owned = kind.objects.filter(tenant=tenant, pk__in=filter(None, map(read_id, texts)))
        preloaded |= {(field, row.pk): row for row in owned}
    return preloaded


def _by_row(detail: Any) -> Any:
    """Return the errors without a place for each row that has none."""
    rows = detail.get("connections")
    if not isinstance(rows, list) or isinstance(rows[0], str):
        return detail
    return {**detail, "connections": {n: errors for n, errors in enumerate(rows) if errors}}
