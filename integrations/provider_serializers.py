"""The catalogue as the API shows it."""

from collections.abc import Mapping
from typing import Any, TypedDict

from rest_framework import serializers

from api.pagination import ListQuery
from api.serializers import ApiSerializer
from integrations.auth import secret_fields, validate_auth
from integrations.catalogue import Provider, Way
from integrations.models import Method
from integrations.templates import validate_headers


class Labelled(TypedDict):
    """A field of a form."""

    name: str
    label: str


class SecretLabelled(Labelled):
    """A field of a form for a secret."""

    required: bool


class ProviderQuery(ListQuery):
    search = serializers.CharField(default="", max_length=200)
    category = serializers.CharField(default=None, max_length=100)


class ProviderTestActionSerializer(ApiSerializer):
    name = serializers.CharField()
    method = serializers.ChoiceField(Method.choices)
    path = serializers.CharField()


class AuthAlternativeSerializer(ApiSerializer):
    """One way to authenticate, with the fields that a form needs."""

    title = serializers.CharField()
    auth = serializers.JSONField(validators=[validate_auth])
    base_url = serializers.CharField()
    variables = serializers.SerializerMethodField()
    secret_fields = serializers.SerializerMethodField()
    test_action = ProviderTestActionSerializer()

    def get_variables(self, way: Way) -> list[Labelled]:
        return _describe_variables(way)

    def get_secret_fields(self, way: Way) -> list[SecretLabelled]:
        return describe_secret(way.auth, way.secret_labels)


class RateLimitSerializer(ApiSerializer):
    requests = serializers.IntegerField(allow_null=True)
    per_seconds = serializers.IntegerField(allow_null=True)
    scope = serializers.CharField()
    note = serializers.CharField()


class ExpirySerializer(ApiSerializer):
    header = serializers.CharField(allow_null=True)
    path = serializers.CharField(allow_null=True)


class ProviderSerializer(ApiSerializer):
    """The facts about an API, with the fields that a form needs, for each way to authenticate."""

    slug = serializers.CharField()
    name = serializers.CharField()
    category = serializers.CharField()
    base_url = serializers.CharField()
    auth_title = serializers.CharField(source="default.title")
    auth = serializers.JSONField(validators=[validate_auth])
    variables = serializers.SerializerMethodField()
    secret_fields = serializers.SerializerMethodField()
    auth_alternatives = AuthAlternativeSerializer(many=True)
    headers = serializers.JSONField(validators=[validate_headers])
    test_action = ProviderTestActionSerializer()
    interval_minutes = serializers.IntegerField(allow_null=True)
    requests_per_second = serializers.FloatField(allow_null=True)
    rate_limit = RateLimitSerializer(allow_null=True)
    expiry = ExpirySerializer(allow_null=True)
    status_page = serializers.CharField(allow_null=True)
    docs = serializers.CharField(allow_null=True)
    notes = serializers.ListField(child=serializers.CharField())
    unverified = serializers.ListField(child=serializers.CharField())

    def get_variables(self, provider: Provider) -> list[Labelled]:
        return _describe_variables(provider.default)

    def get_secret_fields(self, provider: Provider) -> list[SecretLabelled]:
        return describe_secret(provider.auth, provider.default.secret_labels)


def describe_secret(auth: Mapping[str, Any], labels: Mapping[str, str]) -> list[SecretLabelled]:
    """Return the fields of a form for a secret; `labels` are what to enter in each."""
    return [
        {"name": field.name, "label": labels[field.name], "required": field.required}
        for field in secret_fields(auth)
    ]


def _describe_variables(way: Way) -> list[Labelled]:
    return [{"name": name, "label": label} for name, label in way.variables.items()]
