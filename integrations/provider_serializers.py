"""The catalogue as the API shows it."""

from collections.abc import Iterable, Mapping
from typing import TypedDict

from rest_framework import serializers

from api.pagination import ListQuery
from api.serializers import ApiSerializer
from integrations.auth import validate_auth
from integrations.auth_fields import MAX_SECRET_LENGTH, SecretField
from integrations.catalogue import Provider, Way
from integrations.models import Method
from integrations.templates import validate_headers


class Labelled(TypedDict):
    """A field of a form."""

    name: str
    label: str


class SecretLabelled(Labelled):
    """A field of a form for a secret. One that is not `masked` can be seen while it is entered."""

    required: bool
    masked: bool
    minLength: int
    maxLength: int
    pattern: str


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
        return describe_variables(way.variables)

    def get_secret_fields(self, way: Way) -> list[SecretLabelled]:
        return describe_secret(way.secret_fields)


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
        return describe_variables(provider.default.variables)

    def get_secret_fields(self, provider: Provider) -> list[SecretLabelled]:
        return describe_secret(provider.default.secret_fields)


def describe_secret(fields: Iterable[SecretField]) -> list[SecretLabelled]:
    """Return the fields of a form for a secret."""
    return [
        {
            "name": field.name,
            "label": field.label,
            "required": field.required,
            "masked": field.masked,
            "minLength": field.min_length,
            "maxLength": MAX_SECRET_LENGTH,
            "pattern": field.pattern,
        }
        for field in fields
    ]


def describe_variables(variables: Mapping[str, str]) -> list[Labelled]:
    """Return the fields of a form for what a connection must give, by name and description."""
    return [{"name": name, "label": label} for name, label in variables.items()]
