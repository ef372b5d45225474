"""The admin of tenants, the people in them, and their API keys."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.http import HttpRequest

from tenants import edits
from tenants.admin_bases import ModelAdmin, ModelForm, TabularInline
from tenants.models import ApiKey, Membership, Tenant

admin.site.site_header = admin.site.site_title = "Vitals"
admin.site.index_title = "Administration"
admin.site.enable_nav_sidebar = False  # the lists need the width


class MembershipInline(TabularInline):
    model = Membership
    extra = 0
    autocomplete_fields = ("user",)


@admin.register(Tenant)
class TenantAdmin(ModelAdmin):
    """A tenant is suspended, not deleted: what it owns can be millions of rows."""

    list_display = ("name", "slug", "status", "default_interval_minutes", "retention_days")
    list_filter = ("status",)
    search_fields = ("name", "slug")
    prepopulated_fields = {"slug": ("name",)}  # noqa: RUF012 - the declaration is Django's
    fields = (
        "name",
        "slug",
        "status",
        "default_interval_minutes",
        "retention_days",
        "theme",
        "accent_color",
    )
    inlines = (MembershipInline,)

    def has_delete_permission(self, request: HttpRequest, obj: Tenant | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Tenant, form: ModelForm, change: bool) -> None:
        if not change:
            super().save_model(request, obj, form, change)
            return
        edits.update(obj, {name: getattr(obj, name) for name in form.changed_data})
        obj.refresh_from_db()


@admin.register(Membership)
class MembershipAdmin(ModelAdmin):
    list_display = ("user", "tenant", "name", "role", "created_at", "last_sign_in_at")
    list_filter = ("role",)
    list_select_related = ("user", "tenant")
    search_fields = ("user__username", "user__email", "name", "tenant__name")
    autocomplete_fields = ("user", "tenant")
    readonly_fields = ("last_sign_in_at",)


@admin.register(ApiKey)
class ApiKeyAdmin(ModelAdmin):
    """A key is shown once, when it is made. What stands for it afterwards is its beginning."""

    list_display = ("name", "tenant", "role", "beginning", "state", "last_used_at")
    list_filter = ("role",)
    list_select_related = ("tenant",)
    search_fields = ("name", "prefix", "tenant__name")
    autocomplete_fields = ("tenant",)
    actions = ("revoke",)

    def get_fields(self, request: HttpRequest, obj: ApiKey | None = None) -> Any:
        editable = ("tenant", "name", "role", "expires_at")
        return editable if obj is None else (*editable, *self._shown)

    def get_readonly_fields(self, request: HttpRequest, obj: ApiKey | None = None) -> Any:
        return self._shown if obj is None else ("tenant", *self._shown)

    _shown = ("beginning", "state", "rotated_at", "revoked_at", "last_used_at", "created_at")

    def save_model(self, request: HttpRequest, obj: ApiKey, form: ModelForm, change: bool) -> None:
        key = None if change else obj.mint()
        super().save_model(request, obj, form, change)
        if key:
            messages.warning(request, f"The key is {key} — copy it now: it cannot be shown again.")

    @admin.action(description="Revoke selected keys", permissions=["change"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        usable = list(queryset.filter(revoked_at=None))
        ApiKey.objects.filter(pk__in=[key.pk for key in usable]).update(revoked_at=Now())
        for key in usable:
            self.log_change(request, key, "Revoked.")
        messages.success(request, f"{len(usable)} keys revoked. They open nothing any more.")

    @admin.display(description="begins with")
    def beginning(self, key: ApiKey) -> str:
        return f"{key.prefix}…"

    @admin.display(description="state")
    def state(self, key: ApiKey) -> str:
        if key.revoked_at:
            return "revoked"
        return "expired" if key.has_expired else "usable"
