"""What Vitals found out, for reading: checks, state changes, alerts."""

import datetime as dt
from typing import Any

from django.contrib import admin
from django.core.exceptions import ObjectDoesNotExist
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from connections import badges
from healthchecks import connection_admin, errors, integration_admin  # noqa: F401 - register
from healthchecks.advice import SuggestedResolution, suggest
from healthchecks.models import Alert, HealthCheck, HealthStateChange
from healthchecks.newest_first import ConnectionScope, DayScope, RecordAdmin, TenantScope
from healthchecks.status import Reason
from integrations.models import Action

_SCOPES = (TenantScope, ConnectionScope, DayScope)


class _OfConnection(RecordAdmin):
    """A record of a connection, with its links. Three queries for a page's names."""

    class Media:
        css = {"all": [badges.STYLESHEET]}  # noqa: RUF012 - the declaration is Django's

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        # Not joined: a join could hide the rows of what was deleted, and mislead the planner.
        queryset = super().get_queryset(request)
        return queryset.prefetch_related("connection__integration", "tenant")

    @admin.display(description="connection")
    def connection_link(self, record: Any) -> SafeString | str:
        try:
            connection = record.connection
        except ObjectDoesNotExist:
            return "(deleted)"
        url = reverse("admin:connections_connection_change", args=[connection.pk])
        return format_html(
            '<a href="{}">{}</a> · {}', url, connection.name, connection.integration.name
        )

    @admin.display(description="reasons")
    def reason_words(self, record: HealthCheck | HealthStateChange) -> str:
        return _words(record.reasons) or "none"


@admin.register(HealthCheck)
class HealthCheckAdmin(_OfConnection):
    list_display = (
        "made_at", "connection_link", "tenant_link", "badge", "outcome", "what_happened",
        "latency", "check_type",
    )  # fmt: skip
    list_filter = (*_SCOPES, "status", "outcome", "failure_cause", "check_type")
    fieldsets = (
        (None, {"fields": (
            "id", "made_at", "connection_link", "tenant_link", "check_type", "badge", "outcome",
            "maintenance",
        )}),
        ("Why", {"fields": (
            "reason_words", "failure_cause", "what_happened", "what_to_do", "for_whom",
        )}),
        ("Test action", {"fields": (
            "test_action", "test_action_success", "test_action_status_code",
            "test_action_latency_ms", "latency_ms",
        )}),
        ("Credential and circuit", {"fields": (
            "credential_status", "credential_expires_at", "circuit_breaker_status",
        )}),
        ("Schedule", {"fields": ("interval_seconds", "slots", "slots_missed")}),
    )  # fmt: skip

    @admin.display(description="at (UTC)")
    def made_at(self, check: HealthCheck) -> str:
        return _to_the_second(check.created_at)

    @admin.display(description="status")
    def badge(self, check: HealthCheck) -> SafeString:
        return badges.status_badge(check.status)

    @admin.display(description="latency")
    def latency(self, check: HealthCheck) -> str:
        took = check.test_action_latency_ms
        return "no call" if took is None else f"{took:,} ms"

    @admin.display(description="what happened")
    def what_happened(self, check: HealthCheck) -> str:
        if check.error_code:
            return errors.sentence(check.error_code)
        return _words(check.reasons)

    @admin.display(description="suggested resolution")
    def what_to_do(self, check: HealthCheck) -> str:
        advice = _advice(check)
        return advice["text"] if advice else "nothing"

    @admin.display(description="who can do it")
    def for_whom(self, check: HealthCheck) -> str:
        advice = _advice(check)
        return advice["who"] if advice else "nobody"

    @admin.display(description="action")
    def test_action(self, check: HealthCheck) -> str:
        if check.test_action_id is None:
            return "none: only the credential was checked"
        action = Action.objects.filter(pk=check.test_action_id).first()
        return f"{action.name}: {action.method} {action.path}" if action else "(deleted)"


@admin.register(HealthStateChange)
class HealthStateChangeAdmin(_OfConnection):
    list_display = ("happened_at", "connection_link", "tenant_link", "change", "reason_words")
    list_filter = (*_SCOPES, "to_status")
    fields = (
        "id", "happened_at", "connection_link", "tenant_link", "change", "reason_words",
        "check_link", "processed_at",
    )  # fmt: skip

    @admin.display(description="at (UTC)")
    def happened_at(self, change: HealthStateChange) -> str:
        return _to_the_second(change.at)

    @admin.display(description="status")
    def change(self, change: HealthStateChange) -> SafeString:
        before, after = (badges.status_badge(s) for s in (change.from_status, change.to_status))
        return format_html("{} → {}", before, after)

    @admin.display(description="health check")
    def check_link(self, change: HealthStateChange) -> SafeString:
        url = reverse("admin:healthchecks_healthcheck_change", args=[change.health_check_id])
        return format_html('<a href="{}">{}</a>', url, change.health_check_id)


class _Resolved(admin.SimpleListFilter):
    title, parameter_name = "state", "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("open", "Open"), ("resolved", "Resolved")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() is None:
            return queryset
        return queryset.filter(resolved_at__isnull=self.value() == "open")


@admin.register(Alert)
class AlertAdmin(_OfConnection):
    list_display = (
        "since", "connection_link", "tenant_link", "state", "lasted", "cause", "what_happened",
        "consecutive_failures",
    )  # fmt: skip
    list_filter = (*_SCOPES, _Resolved, "cause")
    fields = (
        "id", "connection_link", "tenant_link", "state", "since", "opened_at", "resolved_at",
        "lasted", "cause", "what_happened", "consecutive_failures", "acknowledged_at",
        "acknowledged_by",
    )  # fmt: skip

    @admin.display(description="down since (UTC)")
    def since(self, alert: Alert) -> str:
        return _to_the_second(alert.downtime_started_at)

    @admin.display(description="state")
    def state(self, alert: Alert) -> SafeString:
        if alert.resolved_at is None:
            return badges.badge("unhealthy", "Open")
        return badges.badge("healthy", "Resolved")

    @admin.display(description="lasted")
    def lasted(self, alert: Alert) -> str:
        length = (alert.resolved_at or timezone.now()) - alert.downtime_started_at
        return str(dt.timedelta(seconds=round(length.total_seconds())))

    @admin.display(description="what happened")
    def what_happened(self, alert: Alert) -> str:
        return errors.sentence(alert.error_code)


def _advice(check: HealthCheck) -> SuggestedResolution | None:
    return suggest(check.failure_cause, check.reasons or (), provider="")


def _words(reasons: list[str] | None) -> str:
    return " · ".join(Reason(reason).label for reason in reasons or ())


def _to_the_second(moment: dt.datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}"
