"""The admin of integrations and their actions. Every change goes through `integrations.edits`.

Registered by `healthchecks.integration_admin`, which adds the proof.
"""

from collections import defaultdict
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from integrations import action_admin, auth_form, edits  # noqa: F401 - registers the actions
from integrations.catalogue import Provider, Way, find_providers, providers
from integrations.forms import INTEGRATION_FORM, ActionForm, ActionFormSet
from integrations.import_admin import ImportsOpenApi
from integrations.json_fields import JSON_FIELDS
from integrations.models import Action, Integration, IntegrationStatus
from tenants.admin_bases import ModelForm, StackedInline
from tenants.admin_choices import SearchedChoice

# Django takes 1,000 fields from a form, an action has 12; and a page of 2,000 takes 39 seconds.
MOST_INLINE = 50


class ActionInline(StackedInline):
    model = Action
    fk_name = "integration"
    form = ActionForm
    formset = ActionFormSet
    extra = 0
    formfield_overrides = JSON_FIELDS
    fieldsets = (
        (None, {"fields": (
            ("name", "position"), ("method", "path"), "use_as_test", "read_only", "tags",
        )}),
        ("Request and response rules", {
            "classes": ("collapse",),
            "fields": ("parameters", "headers", "body", "response_rules"),
        }),
    )  # fmt: skip


class IntegrationAdmin(ImportsOpenApi):
    form = INTEGRATION_FORM
    change_form_template = "admin/integrations/integration/change_form.html"
    list_display: tuple[str, ...] = (
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

    class Media:
        css = {"all": ["integrations/admin.css"]}  # noqa: RUF012 - the declaration is Django's
        js = ("integrations/auth_options.js",)

    def get_fieldsets(self, request: HttpRequest, obj: Integration | None = None) -> Any:
        can_edit = obj is None or self.has_change_permission(request, obj)
        auth = tuple(auth_form.auth_fields()) if can_edit else ("auth",)
        slugs = ("provider",) if obj is None else ("provider_name", "slug")
        return (
            (None, {"fields": ("tenant", *slugs, "name", "status", "tags")}),
            ("Requests", {"fields": ("base_url", "headers")}),
            ("Authentication", {"fields": auth}),
            ("Health checks", {"fields": ("checks_enabled", "interval_minutes")}),
            ("Limits", {"fields": ("requests_per_second", "timeout_ms", "degraded_latency_ms")}),
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Integration | None = None) -> Any:
        return () if obj is None else ("tenant", "provider_name", "slug")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "tenant":
            kwargs["widget"] = SearchedChoice(db_field, self.admin_site)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_inlines(self, request: HttpRequest, obj: Integration | None) -> Any:
        """A provider brings its test action along; others follow once it is there."""
        without = _has_too_many_actions(obj) if obj else _chosen_provider(request) is not None
        return () if without else self.inlines

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> Any:
        integration = self.get_object(request, object_id)
        if request.method == "GET" and integration and _has_too_many_actions(integration):
            messages.warning(request, _where_its_actions_are(integration))
        return super().change_view(request, object_id, *args, **kwargs)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        initial: dict[str, Any] = super().get_changeform_initial_data(request)
        provider = _chosen_provider(request)
        return (
            {**initial, **_prefilled(provider, _chosen_way(request, provider))}
            if provider
            else initial
        )

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """First the provider, or none of the catalogue's; then the form."""
        asked = request.method == "POST" or "provider" in request.GET
        if not asked and self.has_add_permission(request):
            return self._ask_for_provider(request)
        provider = _chosen_provider(request)
        chosen = {"provider": provider, "way": provider and _chosen_way(request, provider)}
        return super().add_view(request, form_url, {**(extra_context or {}), **chosen})

    def _ask_for_provider(self, request: HttpRequest) -> HttpResponse:
        search = request.GET.get("search", "")
        by_category = defaultdict(list)
        for provider in find_providers(search=search, category=None):
            by_category[_in_words(provider.category)].append(provider)
        context = {
            **self.admin_site.each_context(request),
            "title": "Add integration: with which provider?",
            "opts": self.opts,
            "categories": sorted(by_category.items(), key=lambda named: named[0].casefold()),
            "search": search,
            "media": self.media,
        }
        template = "admin/integrations/integration/choose_provider.html"
        return TemplateResponse(request, template, context)

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
            changes = {name: getattr(action, name) for name in changed if name in _ACTION_FIELDS}
            edits.update_action(action, changes)
        made = {
            action_form: edits.create_action(form.instance, _given(action_form))
            for action_form in formset.extra_forms
            if action_form.instance in formset.new_objects
        }
        if request.user.has_perm("integrations.change_action"):
            chosen = formset.test_action_form
            test_action = made.get(chosen) or (chosen and chosen.instance)
            edits.update(form.instance, {"test_action": test_action})

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


def _in_words(category: str) -> str:
    """`issue_tracking` as `Issue tracking`, `crm` as `CRM`."""
    return category.upper() if len(category) <= 3 else category.replace("_", " ").capitalize()


def _where_its_actions_are(integration: Integration) -> SafeString:
    url = reverse("admin:integrations_action_changelist")
    return format_html(
        'It has too many actions for this page: <a href="{}?integration__id__exact={}">here</a>'
        " they are.",
        url,
        integration.pk,
    )


def _has_too_many_actions(integration: Integration) -> bool:
    return integration.actions.count() > MOST_INLINE


def _chosen_provider(request: HttpRequest) -> Provider | None:
    return providers().get(request.GET.get("provider", ""))


def _chosen_way(request: HttpRequest, provider: Provider) -> Way:
    by_number = {str(number): way for number, way in enumerate(provider.ways)}
    return by_number.get(request.GET.get("way", ""), provider.default)


def _prefilled(provider: Provider, way: Way) -> dict[str, Any]:
    """Active at once: all that it needs is known."""
    defaults = {**provider.defaults(way), "status": IntegrationStatus.ACTIVE}
    return defaults | auth_form.as_initial(defaults.pop("auth"))


def _given(form: ModelForm) -> dict[str, Any]:
    """The fields of a new action; without a position it comes behind the others."""
    values = {name: getattr(form.instance, name) for name in form.fields if name in _ACTION_FIELDS}
    if form.cleaned_data["position"] is None:
        del values["position"]
    return values


_ACTION_FIELDS = {field.name for field in Action._meta.fields} - {"id", "integration", "tenant"}
