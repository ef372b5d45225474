"""The admin of connections with what concerns their checks: their health, and "check now"."""

from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from connections.admin import ConnectionAdmin
from connections.models import Connection, ConnectionHealth
from healthchecks import errors, manual
from healthchecks.models import HealthCheck
from healthchecks.status import Reason

MOST_CHECKED = 20  # connections that one action checks
PATIENCE = 5.0  # seconds that the check of a single one is waited for

_HEALTH = (
    "health_word", "reasons", "last_checked", "last_success", "next_check", "failures", "circuit",
    "history",
)  # fmt: skip


@admin.register(Connection)
class CheckedConnectionAdmin(ConnectionAdmin):
    change_form_template = "admin/connections/connection/change_form.html"
    readonly_fields = (*ConnectionAdmin.readonly_fields, *_HEALTH)
    actions = (*ConnectionAdmin.actions, "check_now")

    def get_fieldsets(self, request: HttpRequest, obj: Connection | None = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        return fieldsets if obj is None else (("Health", {"fields": _HEALTH}), *fieldsets)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.check_view)
        own = path("<uuid:pk>/check/", view, name="connections_connection_check")
        return [own, *super().get_urls()]

    def check_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Check one connection and return to its page."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        connection = get_object_or_404(self.get_queryset(request), pk=pk)
        if not self.has_change_permission(request, connection):
            raise PermissionDenied
        self._check(request, [connection])
        url = reverse("admin:connections_connection_change", args=[pk])
        return HttpResponseRedirect(url)

    @admin.action(description="Check selected connections now", permissions=["change"])
    def check_now(self, request: HttpRequest, queryset: QuerySet[Connection]) -> None:
        chosen = list(queryset[: MOST_CHECKED + 1])
        if len(chosen) > MOST_CHECKED:
            messages.error(request, f"Select at most {MOST_CHECKED} connections to check.")
        else:
            self._check(request, chosen)

    def _check(self, request: HttpRequest, chosen: list[Connection]) -> None:
        requested = []
        for connection in chosen:
            try:
                requested.append((manual.request_check(connection).check_id, connection))
            except manual.NotCheckable as refusal:
                messages.error(request, f"{connection}: {refusal}")
            except manual.TooManyChecks as refusal:
                text = f"{connection} was checked too often: wait {refusal.retry_after:.0f} s."
                messages.error(request, text)
            except manual.NotSent:
                text = f"{connection} could not be checked: the broker is away. Try again soon."
                messages.error(request, text)
        alone = len(requested) == 1
        check = _result_of(*requested[0]) if alone else None
        if check is not None:
            messages.add_message(request, *_result(chosen[0] if len(chosen) == 1 else None, check))
        elif requested:
            text = "The check is" if alone else f"{len(requested)} checks are"
            messages.info(request, f"{text} under way: look again in a few seconds.")

    @admin.display(description="reasons")
    def reasons(self, connection: Connection) -> str:
        return " · ".join(Reason(r).label for r in connection.health.reasons) or "none"

    @admin.display(description="last success (UTC)")
    def last_success(self, connection: Connection) -> str:
        moment = connection.health.last_successful_check_at
        return f"{moment:%Y-%m-%d %H:%M:%S}" if moment else "never"

    @admin.display(description="next check (UTC)")
    def next_check(self, connection: Connection) -> str:
        moment = connection.health.due_at
        return f"{moment:%Y-%m-%d %H:%M:%S}" if moment else "none: it is not being checked"

    @admin.display(description="failures")
    def failures(self, connection: Connection) -> str:
        health: ConnectionHealth = connection.health
        if health.downtime_started_at is None:
            return "none"
        since = f"{health.downtime_started_at:%Y-%m-%d %H:%M:%S}"
        return f"{health.consecutive_failures} in a row since {since} UTC"

    @admin.display(description="circuit")
    def circuit(self, connection: Connection) -> str:
        health: ConnectionHealth = connection.health
        label: str = health.get_circuit_state_display()
        until = health.circuit_open_until
        return f"{label}, next trial {until:%H:%M:%S} UTC" if until else label

    @admin.display(description="history")
    def history(self, connection: Connection) -> SafeString:
        records = ("healthcheck", "healthstatechange", "alert")
        urls = [reverse(f"admin:healthchecks_{record}_changelist") for record in records]
        return format_html(
            '<a href="{0}?connection={3}">Health checks</a> ·'
            ' <a href="{1}?connection={3}">State changes</a> ·'
            ' <a href="{2}?connection={3}">Alerts</a>',
            *urls,
            connection.pk,
        )


def _result_of(check_id: UUID, connection: Connection) -> HealthCheck | None:
    """Return the check if it comes soon enough to wait for it."""
    try:
        return manual.wait_for(check_id, connection, timeout=PATIENCE)
    except manual.Dropped:
        return None


def _result(connection: Connection | None, check: HealthCheck) -> tuple[int, str]:
    """The level and the words of a check's result."""
    name = f"{connection}: " if connection else ""
    text = f"{name}{check.get_status_display()}"
    if check.test_action_latency_ms is not None:
        text += f" in {check.test_action_latency_ms:,} ms"
    if check.error_code:
        text += f". {errors.sentence(check.error_code)}"
    return messages.SUCCESS if check.status == "healthy" else messages.WARNING, text
