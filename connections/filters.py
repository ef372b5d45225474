"""What the admin's list of connections can be narrowed to, quickly however many there are."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django import forms
from django.contrib.admin import AdminSite, SimpleListFilter
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from connections.models import Connection
from connections.status import EXPIRING_WITHIN, CredentialState
from integrations.catalogue import providers
from integrations.listing import CUSTOM
from integrations.models import Integration
from tenants.admin_choices import SearchedChoice
from tenants.models import Tenant


class TenantFilter(SimpleListFilter):
    """One tenant, found by a search: there can be too many for a list."""

    title, parameter_name = "tenant", "tenant"
    template = "admin/connections/connection/tenant_filter.html"

    def __init__(
        self, request: HttpRequest, params: dict[str, Any], model: Any, model_admin: Any
    ) -> None:
        super().__init__(request, params, model, model_admin)
        self._form = forms.Form(initial={self.parameter_name: self.value()})
        self._form.fields[self.parameter_name] = forms.ModelChoiceField(
            Tenant.objects.all(), required=False, widget=tenant_choice(model_admin.admin_site)
        )

    def has_output(self) -> bool:
        return True

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return []

    def choices(self, changelist: Any) -> Iterator[Any]:
        yield {
            "select": self._form[self.parameter_name],
            "others": [one for one in changelist.params.items() if one[0] != self.parameter_name],
        }

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        if not value:
            return queryset
        try:
            return queryset.filter(tenant=UUID(value))
        except ValueError as error:
            raise IncorrectLookupParameters from error


class ProviderFilter(SimpleListFilter):
    title, parameter_name = "provider", "provider"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        used = Integration.objects.order_by("provider").values_list("provider", flat=True)
        names = {slug: provider.name for slug, provider in providers().items()}
        return [(slug or CUSTOM, names.get(slug, slug or CUSTOM)) for slug in used.distinct()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = _known(self)
        if value is None:
            return queryset
        of_provider = Integration.objects.filter(provider="" if value == CUSTOM else value)
        return queryset.filter(integration__in=of_provider)


class CredentialFilter(SimpleListFilter):
    """The states that somebody must do something about."""

    title, parameter_name = "credential", "credential"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(state.value, state.label) for state in _conditions()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = _known(self)
        return queryset if value is None else queryset.filter(_conditions()[CredentialState(value)])


def _known(filter: SimpleListFilter) -> str | None:
    """Return what was chosen. Raises IncorrectLookupParameters for what is no choice."""
    value = filter.value()
    if value is not None and value not in dict(filter.lookup_choices):
        raise IncorrectLookupParameters
    return value


def tenant_choice(site: AdminSite) -> SearchedChoice:
    return SearchedChoice(Connection._meta.get_field("tenant"), site)


def _conditions() -> dict[CredentialState, Q]:
    """Return what `Connection.credential_state` decides, in SQL."""
    now = timezone.now()
    ends = Q(credential__needs_reauth=False, credential__refresh_due_at=None)
    soon = Q(credential__expires_at__gt=now, credential__expires_at__lte=now + EXPIRING_WITHIN)
    return {
        CredentialState.EXPIRING: ends & soon,
        CredentialState.EXPIRED: ends & Q(credential__expires_at__lte=now),
        CredentialState.NEEDS_REAUTH: Q(credential__needs_reauth=True),
        CredentialState.MISSING: Q(credential=None) & ~Q(integration__auth__type="none"),
    }
