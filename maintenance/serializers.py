"""Maintenance windows as the API shows and takes them."""

import datetime as dt
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError as Invalid
from django.db.models import Model
from django.utils import timezone
from rest_framework import serializers

from api.serializers import ApiModelSerializer, ApiSerializer, Text, camel_case
from connections.models import Connection
from integrations.models import Integration
from maintenance.edits import missing
from maintenance.models import MaintenanceWindow, WindowState
from maintenance.recurrence import MAX_RULE

MOST_DAYS = 92  # of a calendar
_NEAR = dt.timedelta(days=2 * 366)  # further away, too many occurrences would have to be counted

_NAMED = ("integration_ids", "connection_ids", "tags")
_SCHEDULE = ("starts_at", "duration_minutes", "time_zone", "rrule")


class _Rule(Text):
    """Null outside where it is blank inside."""

    def to_representation(self, value: str) -> Any:
        return super().to_representation(value) or None


class MaintenanceWindowSerializer(ApiModelSerializer):
    rrule = _Rule(max_length=MAX_RULE, allow_null=True, allow_blank=True, required=False)
    state = serializers.ChoiceField(WindowState.choices, read_only=True)
    current_start = serializers.DateTimeField(
        source="current.starts_at", read_only=True, default=None, allow_null=True
    )
    current_end = serializers.DateTimeField(
        source="current.ends_at", read_only=True, default=None, allow_null=True
    )

    class Meta:
        model = MaintenanceWindow
        fields = (
            "id",
            "name",
            "starts_at",
            "duration_minutes",
            "time_zone",
            "rrule",
            "integration_ids",
            "connection_ids",
            "tags",
            "state",
            "current_start",
            "current_end",
            "created_at",
            "updated_at",
        )

    def validate_integrationIds(self, ids: list[UUID]) -> list[UUID]:
        return self._own(Integration, ids)

    def validate_connectionIds(self, ids: list[UUID]) -> list[UUID]:
        return self._own(Connection, ids)

    def validate_rrule(self, rule: str | None) -> str:
        return (rule or "").upper()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """One that is over can be renamed, but neither made nor planned again for the past."""
        before = self.instance or MaintenanceWindow()
        if self.instance is None or set(_SCHEDULE) & set(attrs):
            after = {name: attrs.get(name, getattr(before, name)) for name in _SCHEDULE}
            try:
                MaintenanceWindow(**after).clean()
            except Invalid as error:
                raise serializers.ValidationError(
                    {camel_case(name): texts for name, texts in error.message_dict.items()}
                ) from None
        if self.instance is not None:
            _refuse_widening(self.instance, attrs)
        return attrs

    def _own(self, kind: type[Model], ids: list[UUID]) -> list[UUID]:
        """Return each id once. One query."""
        absent = missing(kind, self.context["tenant"], ids)
        if wrong := [n for n, pk in enumerate(ids) if pk in absent]:
            text = "There is none with this id."
            raise serializers.ValidationError({str(n): [text] for n in wrong})
        return list(dict.fromkeys(ids))


def _refuse_widening(window: MaintenanceWindow, attrs: dict[str, Any]) -> None:
    """What a window named may be gone since somebody looked: then the rest is not taken away
    without a word on all of it."""
    given = [name for name in _NAMED if name in attrs]
    before = {name: getattr(window, name) for name in _NAMED}
    widens = any(before.values()) and not any((before | attrs)[name] for name in _NAMED)
    if widens and len(given) < len(_NAMED):
        text = "It would name nothing, and so cover everything: to mean that, send all three lists."
        raise serializers.ValidationError({camel_case(given[0]): [text]})


class CalendarQuery(ApiSerializer):
    """`from` is included, `to` is not."""

    to = serializers.DateTimeField()

    def get_fields(self) -> dict[str, Any]:
        # A word that Python keeps for itself.
        return {**super().get_fields(), "from": serializers.DateTimeField(source="start")}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        length, now = attrs["to"] - attrs["start"], timezone.now()
        if not dt.timedelta() < length <= dt.timedelta(days=MOST_DAYS):
            text = f"This must be later than `from`, by {MOST_DAYS} days at most."
            raise serializers.ValidationError({"to": [text]})
        if abs(attrs["start"] - now) > _NEAR:
            text = "Give a time in the two years before or after now."
            raise serializers.ValidationError({"from": [text]})
        return attrs


class OccurrenceSerializer(ApiSerializer):
    """One time that a window comes."""

    window_id = serializers.UUIDField()
    name = serializers.CharField()
    start = serializers.DateTimeField()
    end = serializers.DateTimeField()
