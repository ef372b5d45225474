"""What a connection's history adds up to, as the API shows it."""

from rest_framework import serializers

from api.serializers import ApiSerializer
from healthchecks.history import WINDOWS
from healthchecks.status import FailureCause
from healthchecks.timeline import TIMELINES


class LatencyQuery(ApiSerializer):
    window = serializers.ChoiceField(list(WINDOWS), default="24h")


class FailuresQuery(ApiSerializer):
    window = serializers.ChoiceField(list(WINDOWS), default="7d")


class TimelineQuery(ApiSerializer):
    window = serializers.ChoiceField(list(TIMELINES), default="24h")


class UptimeWindowSerializer(ApiSerializer):
    window = serializers.ChoiceField(list(WINDOWS))
    uptime = serializers.FloatField(allow_null=True)
    coverage = serializers.FloatField(allow_null=True)
    downtime_seconds = serializers.IntegerField()
    longest_outage_seconds = serializers.IntegerField(allow_null=True)
    mttr_seconds = serializers.IntegerField(allow_null=True)
    mtbf_seconds = serializers.IntegerField(allow_null=True)


class UptimeSerializer(ApiSerializer):
    windows = UptimeWindowSerializer(many=True)


class LatencyPointSerializer(ApiSerializer):
    at = serializers.DateTimeField()
    count = serializers.IntegerField()
    p50 = serializers.IntegerField()
    p95 = serializers.IntegerField()
    p99 = serializers.IntegerField()
    max = serializers.IntegerField()


class LatencySerializer(ApiSerializer):
    bucket_seconds = serializers.IntegerField()
    threshold_ms = serializers.IntegerField()
    points = LatencyPointSerializer(many=True)


class EpisodeSerializer(ApiSerializer):
    started_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)
    cause = serializers.ChoiceField(FailureCause.choices, allow_null=True)
    checks = serializers.IntegerField()


class CausesSerializer(ApiSerializer):
    """Every cause with its number. Codes, not names: they are not turned into camelCase."""

    def get_fields(self) -> dict[str, serializers.Field]:  # type: ignore[type-arg]
        return {cause.value: serializers.IntegerField() for cause in FailureCause}


class FailuresSerializer(ApiSerializer):
    by_cause = CausesSerializer()
    by_hour_of_day = serializers.ListField(
        child=serializers.IntegerField(), min_length=24, max_length=24
    )
    episodes = EpisodeSerializer(many=True)


class TimelinePointSerializer(ApiSerializer):
    at = serializers.DateTimeField()
    healthy = serializers.IntegerField()
    degraded = serializers.IntegerField()
    unhealthy = serializers.IntegerField()
    inconclusive = serializers.IntegerField()
    maintenance = serializers.IntegerField()
    missed = serializers.IntegerField()
    cause = serializers.ChoiceField(FailureCause.choices, allow_null=True)


class TimelineSerializer(ApiSerializer):
    since = serializers.DateTimeField()
    bucket_seconds = serializers.IntegerField()
    points = TimelinePointSerializer(many=True)
