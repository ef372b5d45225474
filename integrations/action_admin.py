"""The admin's pages of single actions, for integrations that have too many for their own page."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from integrations import edits
from integrations.forms import SingleActionForm
from integrations.json_fields import JSON_FIELDS
from integrations.models import Action
from tenants.admin_bases import ModelAdmin

_FIELDS = {field.name for field in Action._meta.fields}


@admin.register(Action)
class ActionAdmin(ModelAdmin):
    """New ones are made where their integration is: on its page, by import, or by the API."""

    form = SingleActionForm
    list_display = ("name", "method", "path", "is_test_action", "integration_name")
    list_filter = ("method",)
    search_fields = ("name", "path")
    search_help_text = "A name or a path."
    list_select_related = ("integration",)
    show_full_result_count = False
    ordering = ("integration", "position", "pk")
    sortable_by = ("name", "path")
    readonly_fields = ("integration_name",)
    formfield_overrides = JSON_FIELDS
    fieldsets = (
        (None, {"fields": (
            "integration_name", ("name", "position"), ("method", "path"), "use_as_test",
            "read_only", "tags",
        )}),
        ("Request and response rules", {
            "fields": ("parameters", "headers", "body", "response_rules"),
        }),
    )  # fmt: skip

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Let an integration's page lead to the list of its actions."""
        own = lookup == "integration__id__exact"
        return own or super().lookup_allowed(lookup, value, request)  # type: ignore[arg-type]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Action, form: Any, change: bool) -> None:
        changed = _FIELDS & set(form.changed_data)
        edits.update_action(obj, {name: getattr(obj, name) for name in changed})
        if form.USE in form.changed_data:
            edits.update(
                obj.integration, {"test_action": obj if form.cleaned_data[form.USE] else None}
            )

    def delete_model(self, request: HttpRequest, obj: Action) -> None:
        edits.delete_action(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Action]) -> None:
        for action in queryset.select_related("integration"):
            edits.delete_action(action)

    @admin.display(description="test action", boolean=True)
    def is_test_action(self, action: Action) -> bool:
        return action.integration.test_action_id == action.pk

    @admin.display(description="integration")
    def integration_name(self, action: Action) -> SafeString:
        url = reverse("admin:integrations_integration_change", args=[action.integration_id])
        return format_html('<a href="{}">{}</a>', url, action.integration)
