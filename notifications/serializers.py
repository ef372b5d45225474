"""Channels, deliveries and notices as the API shows and takes them."""

import datetime as dt
import re
from typing import Any, ClassVar
from uuid import UUID
from zoneinfo import ZoneInfo

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.fields import empty

from api.serializers import ApiModelSerializer, ApiSerializer, Text
from api.views import validated
from integrations.models import Integration
from maintenance.edits import missing
from maintenance.recurrence import time_zones
from notifications.channels import choices, kind_of
from notifications.channels.base import Field
from notifications.models import Notice, NotificationChannel, NotificationDelivery
from notifications.rules import QuietHours
from notifications.status import DeliveryState, Event, NoticeKind, Severity
from tenants.scoping import OwnedField

_KINDS = choices()
_CLOCK = "^([01][0-9]|2[0-3]):[0-5][0-9]$"
_KIND = "The kind, which stays."


class ProblemSerializer(ApiSerializer):
    """Why nothing was delivered: a code, and a sentence of ours."""

    code = serializers.CharField()
    message = serializers.CharField()


class ChoiceSerializer(ApiSerializer):
    """A value that can be chosen, and the words for it."""

    value = serializers.CharField()

    def get_fields(self) -> dict[str, serializers.Field]:  # type: ignore[type-arg]
        return {**super().get_fields(), "label": serializers.CharField()}  # the base has its own


class ChannelFieldSerializer(ApiSerializer):
    """One field of a channel's form."""

    name = serializers.CharField()
    type = serializers.ChoiceField(["text", "url", "emails", "choice", "boolean"])
    secret = serializers.BooleanField()
    help = serializers.CharField()
    choices = serializers.SerializerMethodField()

    def get_fields(self) -> dict[str, serializers.Field]:  # type: ignore[type-arg]
        # Two names that the base keeps for itself.
        also: dict[str, serializers.Field] = {  # type: ignore[type-arg]
            "label": serializers.CharField(),
            "required": serializers.BooleanField(),
        }
        return {**super().get_fields(), **also}

    @extend_schema_field(ChoiceSerializer(many=True, allow_null=True))
    def get_choices(self, field: Field) -> list[dict[str, str]] | None:
        if field.choices is None:
            return None
        return [{"value": value, "label": label} for value, label in field.choices]


class ChannelKindSerializer(ApiSerializer):
    """A kind of channel, with the fields of its form."""

    kind = serializers.CharField()
    name = serializers.CharField()
    help = serializers.CharField()
    folds = serializers.BooleanField()

    def get_fields(self) -> dict[str, serializers.Field]:  # type: ignore[type-arg]
        return {**super().get_fields(), "fields": ChannelFieldSerializer(many=True)}


@extend_schema_field({"type": "string", "pattern": _CLOCK})
class _Clock(serializers.Field[dt.time, str, str, Any]):
    def to_internal_value(self, data: Any) -> dt.time:
        if not isinstance(data, str) or not re.fullmatch(_CLOCK, data):
            raise serializers.ValidationError("Give a time such as 22:00.")
        return dt.time.fromisoformat(data)

    def to_representation(self, value: dt.time) -> str:
        return f"{value:%H:%M}"


class _Zone(Text):
    def to_internal_value(self, data: Any) -> Any:
        name = super().to_internal_value(data)
        if name not in time_zones():
            raise serializers.ValidationError("Give a name such as Europe/Berlin or UTC.")
        return ZoneInfo(name)

    def to_representation(self, value: Any) -> str:
        return str(value)


class QuietHoursSerializer(ApiSerializer):
    """From `start` to `end` on the clocks of `timeZone`, over midnight where the end is earlier."""

    start = _Clock()
    end = _Clock()
    time_zone = _Zone(source="zone")

    def run_validation(self, data: Any = empty) -> Any:
        """Given as a whole, also where the channel around them is changed in part."""
        if self.root is self or data is None or data is empty:
            return super().run_validation(data)
        return QuietHours(**validated(QuietHoursSerializer(data=data)))

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["start"] == attrs["end"]:
            raise serializers.ValidationError({"end": ["Quiet hours end at another time."]})
        return attrs


class ChannelSerializer(ApiModelSerializer):
    """A channel. `config` never shows the fields that `secretFields` names."""

    kind = serializers.ChoiceField(_KINDS, read_only=True, help_text=_KIND)
    config = serializers.DictField(
        required=False, help_text="The form of its kind; what is secret is never shown."
    )
    secret_fields = serializers.SerializerMethodField(
        help_text="Which secret fields of the form are stored."
    )
    events = serializers.ListField(
        child=serializers.ChoiceField(Event.choices), allow_empty=False, required=False
    )
    integration_ids = serializers.ListField(
        child=serializers.UUIDField(),
        max_length=100,
        required=False,
        help_text="Only these integrations; empty: all.",
    )
    tags = serializers.ListField(
        child=Text(max_length=60),
        max_length=50,
        required=False,
        help_text="Only what has one of these, itself or by its integration; empty: all.",
    )
    quiet_hours = QuietHoursSerializer(required=False, allow_null=True)
    state = serializers.SerializerMethodField()
    disabled_reason = serializers.SerializerMethodField()
    last_error = serializers.SerializerMethodField()

    class Meta:
        model = NotificationChannel
        fields: tuple[str, ...] = (
            "id",
            "name",
            "kind",
            "enabled",
            "config",
            "secret_fields",
            "events",
            "integration_ids",
            "tags",
            "minimum_severity",
            "quiet_hours",
            "reminder_minutes",
            "state",
            "failing_since",
            "disabled_reason",
            "last_delivered_at",
            "last_error",
            "created_at",
            "updated_at",
        )
        extra_kwargs: ClassVar = {"enabled": {"help_text": "Whether anything is sent."}}

    def get_secret_fields(self, channel: NotificationChannel) -> list[str]:
        names = (field.name for field in kind_of(channel.kind).fields)
        return [name for name in names if name in channel.secret_fields]

    @extend_schema_field(serializers.ChoiceField(["active", "failing", "disabled"]))
    def get_state(self, channel: NotificationChannel) -> str:
        if channel.disabled_at is not None or not channel.enabled:
            return "disabled"
        return "failing" if channel.failing_since else "active"

    @extend_schema_field(serializers.ChoiceField(["permanent_failure"], allow_null=True))
    def get_disabled_reason(self, channel: NotificationChannel) -> str | None:
        return "permanent_failure" if channel.disabled_at else None

    @extend_schema_field(ProblemSerializer(allow_null=True))
    def get_last_error(self, channel: NotificationChannel) -> dict[str, str] | None:
        return _problem(channel.error_code, channel.error_text)

    def validate_events(self, events: list[str]) -> list[str]:
        return list(dict.fromkeys(events))

    def validate_tags(self, tags: list[str]) -> list[str]:
        return list(dict.fromkeys(tags))

    def validate_integrationIds(self, ids: list[UUID]) -> list[UUID]:
        absent = missing(Integration, self.context["tenant"], ids)
        if wrong := [str(place) for place, pk in enumerate(ids) if pk in absent]:
            text = "There is none with this id."
            raise serializers.ValidationError({place: [text] for place in wrong})
        return list(dict.fromkeys(ids))


class ChannelCreation(ChannelSerializer):
    """A channel that is to be made."""

    kind = serializers.ChoiceField(_KINDS, help_text=_KIND)
    config = serializers.DictField()


class NewChannelSerializer(ChannelSerializer):
    """A channel at the only time that the secret which signs its messages is shown; null where it
    signs nothing."""

    signing_secret = serializers.SerializerMethodField()

    class Meta(ChannelSerializer.Meta):
        fields = (*ChannelSerializer.Meta.fields, "signing_secret")

    def get_signing_secret(self, channel: NotificationChannel) -> str | None:
        secret: str | None = self.context["signing_secret"]
        return secret


class TrialSerializer(ApiSerializer):
    """A channel that is not stored: what it would be."""

    kind = serializers.ChoiceField(_KINDS, help_text=_KIND)
    config = serializers.DictField()


class TrialResultSerializer(ApiSerializer):
    """What became of a message that was sent to try a channel."""

    delivered = serializers.BooleanField()
    error = ProblemSerializer(allow_null=True)
    latency_ms = serializers.IntegerField()


class DeliverySerializer(ApiModelSerializer):
    """One notice to one channel."""

    channel_id = serializers.UUIDField()
    channel_name = serializers.CharField(source="channel.name")
    channel_kind = serializers.CharField(source="channel.kind")
    notice_id = serializers.UUIDField()
    kind = serializers.ChoiceField(NoticeKind.choices, source="notice.kind")
    event = serializers.ChoiceField(Event.choices, source="notice.event", allow_null=True)
    severity = serializers.ChoiceField(Severity.choices, source="notice.severity")
    title = serializers.CharField(source="notice.title")
    state = serializers.ChoiceField(DeliveryState.choices)
    next_attempt_at = serializers.SerializerMethodField()
    error = serializers.SerializerMethodField()
    connection_id = serializers.UUIDField(source="notice.connection_id", allow_null=True)
    integration_id = serializers.UUIDField(source="notice.integration_id", allow_null=True)
    incident_id = serializers.UUIDField(source="notice.incident_id", allow_null=True)
    created_at = serializers.DateTimeField()

    class Meta:
        model = NotificationDelivery
        fields = (
            "id",
            "channel_id",
            "channel_name",
            "channel_kind",
            "notice_id",
            "kind",
            "event",
            "severity",
            "title",
            "state",
            "attempts",
            "last_attempt_at",
            "next_attempt_at",
            "delivered_at",
            "message_id",
            "reminder",
            "error",
            "connection_id",
            "integration_id",
            "incident_id",
            "created_at",
        )

    def get_next_attempt_at(self, delivery: NotificationDelivery) -> dt.datetime | None:
        if delivery.state != DeliveryState.PENDING:
            return None
        return max(delivery.due_at, delivery.channel.next_try_at or delivery.due_at)

    @extend_schema_field(ProblemSerializer(allow_null=True))
    def get_error(self, delivery: NotificationDelivery) -> dict[str, str] | None:
        return _problem(delivery.error_code, delivery.error_text)


class NoticeSerializer(ApiModelSerializer):
    """One thing that the tenant was told. `ends`: it tells the end of something."""

    kind = serializers.ChoiceField(NoticeKind.choices)
    event = serializers.ChoiceField(Event.choices, allow_null=True)
    severity = serializers.ChoiceField(Severity.choices)
    connection_id = serializers.UUIDField(allow_null=True)
    connection_name = serializers.SerializerMethodField()
    integration_id = serializers.UUIDField(allow_null=True)
    integration_name = serializers.SerializerMethodField()
    read = serializers.BooleanField()

    class Meta:
        model = Notice
        fields = (
            "id",
            "kind",
            "event",
            "severity",
            "ends",
            "title",
            "text",
            "path",
            "connection_id",
            "connection_name",
            "integration_id",
            "integration_name",
            "incident_id",
            "alert_id",
            "at",
            "read",
        )

    def get_connection_name(self, notice: Notice) -> str | None:
        return notice.connection.name if notice.connection else None

    def get_integration_name(self, notice: Notice) -> str | None:
        return notice.integration.name if notice.integration else None


class UnreadSerializer(ApiSerializer):
    """How many notices the person has not read, and the newest of all."""

    count = serializers.IntegerField()
    latest_id = serializers.UUIDField(allow_null=True)


class ReadingSerializer(ApiSerializer):
    """Up to which notice the person has read."""

    up_to = OwnedField(queryset=Notice.objects.all())


def _problem(code: str, text: str) -> dict[str, str] | None:
    return {"code": code, "message": text} if code else None
