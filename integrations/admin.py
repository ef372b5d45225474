"""The admin of integrations and their actions. Every change goes through `integrations.edits`."""

from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from integrations import edits
from integrations.catalogue import Provider, providers
from integrations.forms import JSON_FIELDS, ActionForm, ActionFormSet, IntegrationForm
from integrations.models import Action, Integration
from tenants.admin_bases import ModelAdmin, ModelForm, StackedInline


class ActionInline(StackedInline):
    model = Action
    fk_name = "integration"
    form = ActionForm
    formset = ActionFormSet
    extra = 0
    formfield_overrides = JSON_FIELDS
    fieldsets = (
        (None, {"fields": (("name", "position"), ("method", "path"), ("read_only", "tags"))}),
        ("Request and response rules", {
            "classes": ("collapse",),
            "fields": ("parameters", "headers", "body", "response_rules"),
        }),
    )  # fmt: skip


@admin.register(Integration)
class IntegrationAdmin(ModelAdmin):
    form = IntegrationForm
    change_form_template = "admin/integrations/integration/change_form.html"
    list_display = (
        "name", "tenant", "provider_name", "status", "checks_enabled", "interval_minutes",
    )  # fmt: skip
    list_filter = ("status", "checks_enabled")
    list_select_related = ("tenant",)
    search_fields = ("name", "slug", "tenant__name")
    search_help_text = "A name, a slug, or a tenant's name."
    show_full_result_count = False
    autocomplete_fields = ("tenant",)
    formfield_overrides = JSON_FIELDS
    inlines = (ActionInline,)

    _HEALTH_CHECK = ("checks_enabled", "interval_minutes", "test_action")

    def get_fieldsets(self, request: HttpRequest, obj: Integration | None = None) -> Any:
        can_edit = obj is None or self.has_change_permission(request, obj)
        auth = ("auth_type", "auth_options") if can_edit else ("auth",)
        slugs = ("provider",) if obj is None else ("provider_name", "slug")
        return (
            (None, {"fields": ("tenant", *slugs, "name", "status", "tags")}),
            ("Requests", {"fields": ("base_url", *auth, "headers")}),
            ("Health checks", {"fields": self._HEALTH_CHECK[: 2 if obj is None else 3]}),
            ("Limits", {"fields": ("requests_per_second", "timeout_ms", "degraded_latency_ms")}),
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Integration | None = None) -> Any:
        return () if obj is None else ("tenant", "provider_name", "slug")

    def get_inlines(self, request: HttpRequest, obj: Integration | None) -> Any:
        """A provider brings its test action along; others follow once it is there."""
        return () if obj is None and _chosen_provider(request) else self.inlines

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        initial: dict[str, Any] = super().get_changeform_initial_data(request)
        provider = _chosen_provider(request)
        return {**initial, **_prefilled(provider)} if provider else initial

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Mapping[str, Any] | None = None,
    ) -> Any:
        catalogue = {"providers": providers().values(), "provider": _chosen_provider(request)}
        context = {**(extra_context or {}), **({} if object_id else catalogue)}
        return super().changeform_view(request, object_id, form_url, context)

    def save_model(
        self, request: HttpRequest, obj: Integration, form: ModelForm, change: bool
    ) -> None:
        names = {field.name for field in obj._meta.fields} & set(form.fields)
        values = {name: getattr(obj, name) for name in names - {"tenant", "provider"}}
        values["auth"] = obj.auth
        if change:
            edits.update(obj, values)
        else:
            provider = providers().get(obj.provider)
            obj.pk = edits.create(obj.tenant, values, provider).pk
        obj.refresh_from_db()

    def save_formset(
        self, request: HttpRequest, form: ModelForm, formset: Any, change: bool
    ) -> None:
        formset.save(commit=False)
        for action in formset.deleted_objects:
            edits.delete_action(action)
        for action, changed in formset.changed_objects:
            edits.update_action(action, {name: getattr(action, name) for name in changed})
        for action_form in formset.extra_forms:
            if action_form.instance in formset.new_objects:
                edits.create_action(form.instance, _given(action_form))

    def delete_model(self, request: HttpRequest, obj: Integration) -> None:
        edits.delete(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Integration]) -> None:
        for integration in queryset:
            edits.delete(integration)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Say how much goes, instead of listing what can be millions of rows."""
        ids = [integration.pk for integration in objs]
        gone = Integration.objects.filter(pk__in=ids)
        counts = {
            "integrations": len(ids),
            "actions": gone.values("actions").exclude(actions=None).count(),
            "connections, with their history": gone.exclude(connections=None)
            .values("connections")
            .count(),
        }
        return [str(integration) for integration in objs], counts, set(), []

    @admin.display(description="provider", ordering="provider")
    def provider_name(self, integration: Integration) -> str:
        provider = providers().get(integration.provider)
        return provider.name if provider else integration.provider or "custom"


def _chosen_provider(request: HttpRequest) -> Provider | None:
    return providers().get(request.GET.get("provider", ""))


def _prefilled(provider: Provider) -> dict[str, Any]:
    options = dict(provider.auth)
    fields = {
        "provider": provider.slug,
        "name": provider.name,
        "base_url": provider.base_url,
        "auth_type": options.pop("type"),
        "auth_options": options,
        "headers": dict(provider.headers),
        "interval_minutes": provider.interval_minutes,
        "requests_per_second": provider.requests_per_second,
    }
    return {name: value for name, value in fields.items() if value is not None}


def _given(form: ModelForm) -> dict[str, Any]:
    """The fields of a new action; without a position it comes behind the others."""
    values = {name: getattr(form.instance, name) for name in form.fields if name in _ACTION_FIELDS}
    if form.cleaned_data["position"] is None:
        del values["position"]
    return values


_ACTION_FIELDS = {field.name for field in Action._meta.fields} - {"id", "integration", "tenant"}
