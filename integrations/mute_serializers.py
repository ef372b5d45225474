"""Muting as the API shows and takes it."""

import datetime as dt
from typing import Any

from django.utils import timezone
from rest_framework import serializers

from api.serializers import ApiSerializer
from integrations.muting import Mutable


class ShowsMuting(serializers.Serializer[Any]):
    """Adds to an answer whether it is muted, and until when; null: not, or until unmuted."""

    muted = serializers.BooleanField(read_only=True)
    muted_until = serializers.SerializerMethodField()

    def get_muted_until(self, thing: Mutable) -> dt.datetime | None:
        return thing.muted_until if thing.muted else None


class MuteSerializer(ApiSerializer):
    """`until` null: until it is unmuted."""

    until = serializers.DateTimeField(allow_null=True, default=None)

    def validate_until(self, until: dt.datetime | None) -> dt.datetime | None:
        if until is not None and until <= timezone.now():
            raise serializers.ValidationError("This is not in the future.")
        return until
