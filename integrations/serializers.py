"""Integrations and actions as the API shows and takes them."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from django.core.exceptions import ValidationError as Invalid
from rest_framework import serializers

from api.serializers import ApiModelSerializer, ApiSerializer, Flag, Text, Whole, camel_case
from integrations.catalogue import (
    Provider,
    described_secret_fields,
    described_variables,
    providers,
)
from integrations.edits import is_chosen, losses
from integrations.fitting import (
    ACTION_PARTS,
    INTEGRATION_PARTS,
    action_misfits,
    misfits,
    needed_variables,
)
from integrations.models import MAX_INTERVAL_MINUTES, Action, Integration
from integrations.mute_serializers import ShowsMuting
from integrations.provider_serializers import (
    Labelled,
    SecretLabelled,
    describe_secret,
    describe_variables,
)
from tenants.scoping import OwnedField


class HealthCheckConfigSerializer(ApiSerializer):
    enabled = Flag(source="checks_enabled", required=False)
    interval_minutes = Whole(
        min_value=1, max_value=MAX_INTERVAL_MINUTES, allow_null=True, required=False
    )
    test_action_id = OwnedField(
        source="test_action", queryset=Action.objects.all(), allow_null=True, required=False
    )

    def validate_testActionId(self, action: Action | None) -> Action | None:
        return usable_as_test(action, self.parent.instance)


class IntegrationSerializer(ShowsMuting, ApiModelSerializer):
    provider = serializers.SerializerMethodField()
    variables = serializers.SerializerMethodField()
    secret_fields = serializers.SerializerMethodField()
    health_check_config = HealthCheckConfigSerializer(source="*", required=False)

    class Meta:
        model = Integration
        fields = (
            "id",
            "provider",
            "name",
            "slug",
            "base_url",
            "auth",
            "variables",
            "secret_fields",
            "headers",
            "status",
            "health_check_config",
            "requests_per_second",
            "timeout_ms",
            "degraded_latency_ms",
            "tags",
            "muted",
            "muted_until",
            "created_at",
            "updated_at",
        )
        read_only_fields = ("slug",)

    def get_provider(self, integration: Integration) -> str | None:
        return integration.provider or None

    def get_variables(self, integration: Integration) -> list[Labelled]:
        needed = needed_variables(integration.auth, integration.base_url)
        return describe_variables(described_variables(integration.provider, needed))

    def get_secret_fields(self, integration: Integration) -> list[SecretLabelled]:
        fields = described_secret_fields(
            integration.provider, integration.auth, integration.base_url
        )
        return describe_secret(fields)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        before = self.instance
        if before is not None and set(INTEGRATION_PARTS) & set(attrs):
            actions = before.actions.values("name", *ACTION_PARTS)
            _refuse(misfits(**_after(attrs, before, INTEGRATION_PARTS), actions=actions))
        return attrs


class IntegrationChange(IntegrationSerializer):
    """Costs nobody a secret that was entered."""

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs = super().validate(attrs)
        if self.instance is not None:
            _refuse(losses(self.instance, _after(attrs, self.instance, INTEGRATION_PARTS)))
        return attrs


class IntegrationCreation(IntegrationSerializer):
    """A custom integration, or a provider's with as little as its slug."""

    provider = Text(required=False, allow_null=True)  # type: ignore[assignment]
    also_holds: ClassVar = {
        "anyOf": [{"required": ["name", "baseUrl"]}, {"required": ["provider"]}]
    }

    def get_fields(self) -> dict[str, Any]:
        fields: dict[str, Any] = super().get_fields()
        fields["name"].required = fields["baseUrl"].required = False
        return fields

    def validate_provider(self, slug: str | None) -> Provider | None:
        if slug is None:
            return None
        if slug not in providers():
            raise serializers.ValidationError("The catalogue has no such provider.")
        return providers()[slug]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs.setdefault("provider", None)
        for field, key in (("name", "name"), ("base_url", "baseUrl")):
            if attrs["provider"] is None and field not in attrs:
                raise serializers.ValidationError({key: ["This field is required."]})
        provider: Provider | None = attrs["provider"]
        if provider is None:
            _refuse(misfits(**_after(attrs, Integration(), INTEGRATION_PARTS)))
        else:
            way = provider.chosen(attrs)
            parts = _after(attrs, Integration(**provider.defaults(way)), INTEGRATION_PARTS)
            _refuse(misfits(**parts, actions=[way.test_action]))
        return attrs


class ActionSerializer(ApiModelSerializer):
    integration_id = serializers.UUIDField(read_only=True)
    harmless = serializers.BooleanField(read_only=True)

    class Meta:
        model = Action
        fields = (
            "id",
            "integration_id",
            "name",
            "method",
            "path",
            "parameters",
            "headers",
            "body",
            "read_only",
            "harmless",
            "tags",
            "response_rules",
            "position",
            "created_at",
            "updated_at",
        )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse what has no place for the secret, and to make something else than a harmless call
        of the test action."""
        action: Action | None = self.instance
        integration: Integration = action.integration if action else self.context["integration"]
        parts = _after(attrs, action or Action(), ACTION_PARTS)
        _refuse(action_misfits(auth=integration.auth, base_url=integration.base_url, action=parts))
        changed = Action(**_after(attrs, action or Action(), ("method", "read_only")))
        try:
            changed.clean()
        except Invalid as error:
            _refuse({name: texts[0] for name, texts in error.message_dict.items()})
        loses_it = action is not None and action.harmless and not changed.harmless
        if action and loses_it and (integration.test_action_id == action.pk or is_chosen(action)):
            _refuse({"read_only": "Health checks make this call: it must stay harmless."})
        return attrs


def _after(attrs: Mapping[str, Any], before: Any, names: Iterable[str]) -> dict[str, Any]:
    """Return these fields as they will be: what is left out stays as it is in `before`."""
    return {name: attrs[name] if name in attrs else getattr(before, name) for name in names}


def _refuse(wrong: Mapping[str, str]) -> None:
    if wrong:
        raise serializers.ValidationError({camel_case(name): [wrong[name]] for name in wrong})


def usable_as_test(action: Action | None, integration: Integration | None) -> Action | None:
    """Return the action if a health check of this integration may execute it.

    Raises ValidationError. `integration` None: it is being created and has no actions yet.
    """
    if action is None:
        return None
    if integration is None or action.integration_id != integration.pk:
        raise serializers.ValidationError("This is no action of this integration.")
    if not action.harmless:
        raise serializers.ValidationError(
            "A test action is a GET or HEAD, or a POST that is marked as read-only."
        )
    return action
