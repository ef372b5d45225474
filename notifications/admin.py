"""Channels, and for reading what was told and what became of it. Secrets are shown nowhere."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from connections import badges
from connections.filters import TenantFilter, tenant_choice
from healthchecks.newest_first import ConnectionScope, DayScope, OneOf, RecordAdmin, TenantScope
from notifications import channel_edits
from notifications.channels import kind_of
from notifications.models import ADMINS, Notice, NotificationChannel, NotificationDelivery
from notifications.status import DeliveryState
from tenants.admin_bases import ModelAdmin, ModelForm

_CHANGEABLE = ("name", "enabled", "minimum_severity", "reminder_minutes")
_TONES = {
    DeliveryState.PENDING: "degraded",
    DeliveryState.DELIVERED: "healthy",
    DeliveryState.FAILED: "unhealthy",
}


@admin.register(NotificationChannel)
class ChannelAdmin(ModelAdmin):
    """What its kind asks for is entered in Vitals itself, by the tenant's admins."""

    list_display = (
        "name", "tenant", "kind_name", "state", "failing_since", "last_delivered_at", "error_text",
    )  # fmt: skip
    list_filter = (TenantFilter, "enabled", "kind")
    list_select_related = ("tenant",)
    search_fields = ("name",)
    search_help_text = "A name."
    show_full_result_count = False
    ordering = ("-pk",)
    fieldsets = (
        (None, {"fields": ("tenant", "name", "kind_name", "enabled", "config", "secret_fields")}),
        ("Rules", {"fields": (
            "events", "integration_ids", "tags", "minimum_severity", "quiet_start", "quiet_end",
            "quiet_time_zone", "reminder_minutes",
        )}),
        ("State", {"fields": (
            "state", "failing_since", "failures", "error_code", "error_text", "next_try_at",
            "last_delivered_at", "disabled_at", "log", "created_at", "updated_at",
        )}),
    )  # fmt: skip

    class Media:
        css = {"all": [badges.STYLESHEET]}  # noqa: RUF012 - the declaration is Django's

    @property
    def media(self) -> Any:
        return super().media + tenant_choice(self.admin_site).media

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = (name for _, part in self.fieldsets for name in part["fields"])
        return [name for name in fields if name not in _CHANGEABLE]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(
        self, request: HttpRequest, obj: NotificationChannel | None = None
    ) -> bool:
        is_own = obj is not None and obj.kind == ADMINS
        return not is_own and super().has_change_permission(request, obj)

    def save_model(
        self, request: HttpRequest, obj: NotificationChannel, form: ModelForm, change: bool
    ) -> None:
        changes = {name: form.cleaned_data[name] for name in form.changed_data}
        channel_edits.update(obj, changes)

    @admin.display(description="kind", ordering="kind")
    def kind_name(self, channel: NotificationChannel) -> str:
        return kind_of(channel.kind).name

    @admin.display(description="state")
    def state(self, channel: NotificationChannel) -> SafeString:
        if channel.disabled_at:
            return badges.badge("unhealthy", "Disabled after failures")
        if not channel.enabled:
            return badges.badge("unknown", "Turned off")
        if channel.failing_since:
            return badges.badge("degraded", "Failing")
        return badges.badge("healthy", "Active")

    @admin.display(description="log")
    def log(self, channel: NotificationChannel) -> SafeString:
        url = reverse("admin:notifications_notificationdelivery_changelist")
        return format_html('<a href="{}?channel={}">Its deliveries</a>', url, channel.pk)


class _ChannelScope(OneOf):
    title, parameter_name, kind = "channel", "channel", NotificationChannel


@admin.register(Notice)
class NoticeAdmin(RecordAdmin):
    list_display = ("at", "title", "tenant_link", "kind", "severity")
    list_filter = (TenantScope, ConnectionScope, DayScope, "kind", "severity")
    fields = (
        "id", "at", "tenant_link", "kind", "severity", "ends", "title", "text", "path", "facts",
        "connection_id", "integration_id", "alert_id", "incident_id", "key", "data",
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).prefetch_related("tenant")


@admin.register(NotificationDelivery)
class DeliveryAdmin(RecordAdmin):
    list_display = (
        "created_at", "notice", "channel", "tenant_link", "badge", "attempts", "reminder",
        "error_text",
    )  # fmt: skip
    list_filter = (TenantScope, _ChannelScope, DayScope, "state")
    searched = ("notice_id", "channel_id")
    search_help_text = "An id: of one of these, of a notice, or of a channel."
    fields = (
        "id", "created_at", "notice", "channel", "tenant_link", "badge", "reminder", "held",
        "due_at", "attempts", "last_attempt_at", "delivered_at", "message_id", "error_code",
        "error_text",
    )  # fmt: skip

    class Media:
        css = {"all": [badges.STYLESHEET]}  # noqa: RUF012 - the declaration is Django's

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        # Not joined, as with checks.
        return super().get_queryset(request).prefetch_related("notice", "channel", "tenant")

    @admin.display(description="state")
    def badge(self, delivery: NotificationDelivery) -> SafeString:
        state = DeliveryState(delivery.state)
        return badges.badge(_TONES[state], str(state.label))
