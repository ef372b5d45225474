"""Channels, deliveries and notices as the API shows and takes them."""

import datetime as dt
from typing import Any
from uuid import UUID
from zoneinfo import available_timezones

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.serializers import ApiModelSerializer, ApiSerializer, Text, Whole
from integrations.models import Integration
from notifications.channels import kinds
from notifications.models import Notice, NotificationChannel, NotificationDelivery
from notifications.status import DeliveryState, Event, NoticeKind, Severity

MOST_OVERLAP_HOURS = 720  # thirty days


class ProblemSerializer(ApiSerializer):
    """Why nothing was delivered: a code, and a sentence of ours."""

    code = serializers.CharField()
    message = serializers.CharField()


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

    @extend_schema_field(
        serializers.ListField(
            child=serializers.ListField(child=serializers.CharField()), allow_null=True
        )
    )
    def get_choices(self, field: Any) -> list[list[str]] | None:
        return [list(choice) for choice in field.choices] if field.choices else None


class ChannelKindSerializer(ApiSerializer):
    """A kind of channel, with the fields of its form."""

    kind = serializers.CharField()
    name = serializers.CharField()
    help = serializers.CharField()
    folds = serializers.BooleanField()

    def get_fields(self) -> dict[str, serializers.Field]:  # type: ignore[type-arg]
        return {**super().get_fields(), "fields": ChannelFieldSerializer(many=True)}


class QuietHoursSerializer(ApiSerializer):
    """From `start` to `end` on the clocks of `timeZone`, over midnight where the end is earlier."""

    start = serializers.TimeField(source="quiet_start", format="%H:%M", input_formats=["%H:%M"])
    end = serializers.TimeField(source="quiet_end", format="%H:%M", input_formats=["%H:%M"])
    time_zone = Text(source="quiet_time_zone", max_length=60)

    def validate_timeZone(self, name: str) -> str:
        if name not in available_timezones():
            raise serializers.ValidationError("Give a time zone such as Europe/Berlin.")
        return name

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["quiet_start"] == attrs["quiet_end"]:
            raise serializers.ValidationError({"end": ["Quiet hours end at another time."]})
        return attrs


_NOT_QUIET = {"quiet_start": None, "quiet_end": None, "quiet_time_zone": ""}


class ChannelSerializer(ApiModelSerializer):
    """A channel. `config` never shows the fields that `secretFields` names."""

    kind = serializers.ChoiceField(choices=())
    config = serializers.DictField()
    secret_fields = serializers.ListField(child=serializers.CharField(), read_only=True)
    events = serializers.ListField(
        child=serializers.ChoiceField(Event.choices), allow_empty=False, required=False
    )
    integration_ids = serializers.ListField(
        child=serializers.UUIDField(), max_length=100, required=False
    )
    tags = serializers.ListField(child=Text(max_length=60), max_length=50, required=False)
    quiet_hours = QuietHoursSerializer(source="*", required=False, allow_null=True)
    state = serializers.SerializerMethodField()
    disabled_reason = serializers.SerializerMethodField()
    last_error = serializers.SerializerMethodField()

    class Meta:
        model = NotificationChannel
        fields = (
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
        read_only_fields = ("failing_since", "last_delivered_at")

    def get_fields(self) -> dict[str, serializers.Field]:  # type: ignore[type-arg]
        fields = super().get_fields()
        fields["kind"] = serializers.ChoiceField(
            choices=_kinds(),
            read_only=self.instance is not None,
        )
        return fields

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

    def validate_integrationIds(self, ids: list[UUID]) -> list[UUID]:
        own = Integration.objects.filter(tenant=self.context["tenant"], pk__in=ids)
        if missing := set(ids) - set(own.values_list("pk", flat=True)):
            raise serializers.ValidationError(f"There is no integration {min(missing)}.")
        return list(dict.fromkeys(ids))

    def to_internal_value(self, data: Any) -> Any:
        values = super().to_internal_value(data)
        if isinstance(data, dict) and data.get("quietHours", values) is None:
            values |= _NOT_QUIET
        return values

    def to_representation(self, instance: NotificationChannel) -> dict[str, Any]:
        shown = super().to_representation(instance)
        return {**shown, "quietHours": shown["quietHours"] if instance.quiet_hours else None}


class NewChannelSerializer(ChannelSerializer):
    """A channel at the only time that the secret which signs its messages is shown; null where it
    signs nothing."""

    signing_secret = serializers.SerializerMethodField()

    class Meta:
        model = NotificationChannel
        fields = (*ChannelSerializer.Meta.fields, "signing_secret")
        read_only_fields = ChannelSerializer.Meta.read_only_fields

    def get_signing_secret(self, channel: NotificationChannel) -> str | None:
        secret: str | None = self.context["signing_secret"]
        return secret


class RotationSerializer(ApiSerializer):
    """For how long the old secret signs beside the new one."""

    overlap_hours = Whole(min_value=0, max_value=MOST_OVERLAP_HOURS, default=24)


class TrialSerializer(ApiSerializer):
    """A channel that is not stored: what it would be."""

    kind = serializers.ChoiceField(choices=())
    config = serializers.DictField()

    def get_fields(self) -> dict[str, serializers.Field]:  # type: ignore[type-arg]
        return {**super().get_fields(), "kind": serializers.ChoiceField(choices=_kinds())}


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

    up_to = serializers.UUIDField()


def _kinds() -> list[tuple[str, str]]:
    return [(kind.kind, kind.name) for kind in kinds().values() if not kind.hidden]


def _problem(code: str, text: str) -> dict[str, str] | None:
    return {"code": code, "message": text} if code else None
