"""Tenants, members, API keys and sessions as the API shows and takes them."""

import datetime as dt
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.crypto import salted_hmac
from rest_framework import serializers

from api.serializers import ApiModelSerializer, ApiSerializer, Text, Whole
from tenants.keys import LONGEST_LIFE
from tenants.models import ApiKey, Membership, Role, Tenant

MOST_OVERLAP_HOURS = 720  # thirty days


class LookSerializer(ApiModelSerializer):
    """How the tenant's pages look; `accentColor` null: in the product's own colour."""

    class Meta:
        model = Tenant
        fields = ("theme", "accent_color")
        extra_kwargs = {"accent_color": {"allow_null": True, "allow_blank": False}}  # noqa: RUF012 - the declaration is Django's

    def validate_accentColor(self, color: str | None) -> str:
        return (color or "").lower()

    def to_representation(self, instance: Tenant) -> dict[str, Any]:
        shown = super().to_representation(instance)
        return {**shown, "accentColor": shown["accentColor"] or None}


class TenantSerializer(ApiModelSerializer):
    look = LookSerializer(source="*", required=False)

    class Meta:
        model = Tenant
        fields = (
            "id",
            "name",
            "slug",
            "default_interval_minutes",
            "retention_days",
            "look",
            "created_at",
            "updated_at",
        )
        read_only_fields = ("slug",)


class MemberSerializer(ApiModelSerializer):
    """A person as one tenant knows them. `userId` stands for them in this tenant alone."""

    user_id = serializers.SerializerMethodField()
    email = serializers.SerializerMethodField()

    class Meta:
        model = Membership
        fields = ("id", "user_id", "email", "name", "role", "created_at", "last_sign_in_at")

    def get_user_id(self, member: Membership) -> UUID:
        # Users' own ids count up: they would tell who was there before.
        digest = salted_hmac("tenants.members", f"{member.tenant_id} {member.user_id}").digest()
        return UUID(bytes=digest[:16], version=4)

    def get_email(self, member: Membership) -> str:
        return member.user.email.lower()


class MemberCreation(ApiModelSerializer):
    """Who is added, and as what. `name` is the tenant's own for the person."""

    email = serializers.EmailField(max_length=254)

    class Meta:
        model = Membership
        fields = ("email", "role", "name")
        extra_kwargs = {"role": {"required": True}}  # noqa: RUF012 - the declaration is Django's

    def validate_email(self, address: str) -> str:
        return address.lower()


class KeySerializer(ApiModelSerializer):
    """An API key without its secret; `prefix` is how that begins."""

    class Meta:
        model = ApiKey
        fields = ("id", "name", "role", "prefix", "expires_at", "last_used_at", "created_at")

    def validate_expiresAt(self, moment: dt.datetime | None) -> dt.datetime | None:
        now = timezone.now()
        if moment is not None and not now < moment <= now + LONGEST_LIFE:
            raise serializers.ValidationError("Give a time in the next ten years, or null.")
        return moment


class NewKeySerializer(KeySerializer):
    """A key at the only time that its secret, `key`, is shown."""

    key = serializers.SerializerMethodField()

    class Meta:
        model = ApiKey
        fields = (*KeySerializer.Meta.fields, "key")

    def get_key(self, key: ApiKey) -> str:
        return str(self.context["secret"])


class RotationSerializer(ApiSerializer):
    """For how long the old one, a key or a secret, stays valid beside the new one."""

    overlap_hours = Whole(min_value=0, max_value=MOST_OVERLAP_HOURS, default=24)


class SessionTenantSerializer(ApiSerializer):
    """A tenant for which a person may act, as which member and with which role."""

    id = serializers.UUIDField(source="tenant.pk")
    name = serializers.CharField(source="tenant.name")
    slug = serializers.CharField(source="tenant.slug")
    role = serializers.ChoiceField(Role.choices)
    member_id = serializers.UUIDField(source="pk")


class SessionTenantRow(SessionTenantSerializer):
    current = serializers.BooleanField()


class SessionChoice(ApiSerializer):
    tenant_id = Text()
