"""The admin of maintenance windows."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.http import HttpRequest

from connections import badges
from connections.filters import TenantFilter, tenant_choice
from connections.models import Connection
from integrations.models import Integration
from maintenance import edits
from maintenance.models import MaintenanceWindow
from tenants.admin_bases import ModelAdmin, ModelForm
from tenants.admin_choices import SearchedChoice
from tenants.models import Tenant

_MOST_NAMES = 10  # of what a window covers, on its page
_NAMED: dict[str, type[Model]] = {"integration_ids": Integration, "connection_ids": Connection}


class WindowForm(ModelForm):
    """What is named by id is the tenant's own."""

    class Meta:
        model = MaintenanceWindow
        fields = "__all__"
        widgets = {  # noqa: RUF012 - the declaration is Django's
            name: forms.Textarea(attrs={"rows": 2, "cols": 80}) for name in _NAMED
        }
        help_texts = dict.fromkeys((*_NAMED, "tags"), "With commas between.")

    def clean(self) -> Any:
        fields: dict[str, Any] = super().clean() or self.cleaned_data
        is_new = self.instance._state.adding
        tenant: Tenant | None = fields.get("tenant") if is_new else self.instance.tenant
        if tenant is None:
            return fields
        edits.turn(tenant.pk)
        for name, kind in _NAMED.items():
            if absent := edits.missing(kind, tenant, fields.get(name, ())):
                self.add_error(name, f"This tenant has none with the id {min(absent)}.")
        if is_new and not edits.has_room(tenant):
            raise ValidationError(f"A tenant has {edits.MOST_WINDOWS} windows at most.")
        return fields


@admin.register(MaintenanceWindow)
class MaintenanceWindowAdmin(ModelAdmin):
    form = WindowForm
    list_display = (
        "name", "tenant", "state", "current_starts_at", "current_ends_at", "rrule", "names",
    )  # fmt: skip
    list_filter = (TenantFilter,)
    list_select_related = ("tenant",)
    search_fields = ("name",)
    search_help_text = "A name."
    show_full_result_count = False
    ordering = ("-pk",)
    autocomplete_fields = ("tenant",)
    fieldsets = (
        (None, {"fields": ("tenant", "name", "state")}),
        ("When", {"fields": (
            "starts_at", "duration_minutes", "time_zone", "rrule", "current_starts_at",
            "current_ends_at",
        )}),
        ("What", {
            "description": "Whatever is named here is covered. Where nothing is, everything is.",
            "fields": ("integration_ids", "connection_ids", "tags", "covers"),
        }),
    )  # fmt: skip

    class Media:
        css = {"all": [badges.STYLESHEET]}  # noqa: RUF012 - the declaration is Django's

    @property
    def media(self) -> Any:
        return super().media + tenant_choice(self.admin_site).media

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        shown = ("state", "current_starts_at", "current_ends_at", "covers")
        return shown if obj is None else ("tenant", *shown)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs["widget"] = SearchedChoice(db_field, self.admin_site)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @admin.display(description="state")
    def state(self, window: MaintenanceWindow) -> str:
        return str(window.state.label) if window.starts_at else "-"

    @admin.display(description="names")
    def names(self, window: MaintenanceWindow) -> str:
        counts = {
            "integrations": len(window.integration_ids),
            "connections": len(window.connection_ids),
            "tags": len(window.tags),
        }
        return ", ".join(f"{what}: {n}" for what, n in counts.items() if n) or "nothing: everything"

    @admin.display(description="covers")
    def covers(self, window: MaintenanceWindow) -> str:
        """The names of what the ids are of, and the tags."""
        ids: list[tuple[type[Model], list[UUID]]] = [
            (kind, getattr(window, name)) for name, kind in _NAMED.items()
        ]
        names = [
            str(row)
            for kind, named in ids
            for row in kind._default_manager.filter(pk__in=named[:_MOST_NAMES]).order_by("pk")
        ]
        more = sum(max(0, len(named) - _MOST_NAMES) for _, named in ids)
        parts = [
            *names,
            *(f"the tag {tag}" for tag in window.tags),
            *([f"{more} more"] * bool(more)),
        ]
        return ", ".join(parts) or "everything"
