"""Admin lists that stay quick whatever a table holds: the newest rows first, never counted.

A page is found by id, so going back in time costs the same everywhere. Only filters that an index
serves (a tenant, a connection, a day) reach through the whole table; any other condition looks
through the newest rows of those, and the page says how far back that was.
"""

import datetime as dt
from typing import Any, ClassVar
from uuid import UUID

from django.contrib import admin
from django.contrib.admin import ShowFacets, SimpleListFilter
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.contrib.messages import WARNING
from django.core.exceptions import ObjectDoesNotExist
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from api.ids import lowest_id, time_of
from connections.models import Connection
from tenants.admin_bases import ModelAdmin
from tenants.models import Tenant

LOOKED_THROUGH = 10_000  # rows that a page looks at before it stops: some 20 ms
PAGE_SIZE = 50
DAYS_OFFERED = 8  # today and the default retention
_BEFORE = "before"


def parse_id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


class Scope(SimpleListFilter):
    """A filter that an index serves."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        raise NotImplementedError


class OneOf(Scope):
    """Keeps the rows of one object, whose id a link brought into the address."""

    kind: ClassVar[type[Model]]

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        value = self.value()
        if value is None:
            return []
        found = self.kind._default_manager.filter(pk=self._id(value)).first()
        return [(value, str(found or "(deleted)"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        return queryset.filter(**{f"{self.parameter_name}_id": self._id(value)})

    def _id(self, value: str | None) -> UUID:
        found = parse_id(value or "")
        if found is None:
            raise IncorrectLookupParameters
        return found


class TenantScope(OneOf):
    title, parameter_name, kind = "tenant", "tenant", Tenant


class ConnectionScope(OneOf):
    title, parameter_name, kind = "connection", "connection", Connection


class DayScope(Scope):
    """Keeps one day, in UTC, found by the time within the ids."""

    title, parameter_name = "day (UTC)", "day"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        today = timezone.now().date()
        days = [today - dt.timedelta(days=n) for n in range(DAYS_OFFERED)]
        return [(day.isoformat(), f"{day:%A}, {day.day} {day:%B}") for day in days]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        if value is None:
            return queryset
        try:
            start = dt.datetime.combine(dt.date.fromisoformat(value), dt.time(), tzinfo=dt.UTC)
            bounds = (lowest_id(start), lowest_id(start + dt.timedelta(days=1)))
        except (ValueError, OverflowError) as error:
            raise IncorrectLookupParameters from error
        return queryset.filter(pk__gte=bounds[0], pk__lt=bounds[1])


class NewestFirst(ChangeList):
    """One page of rows by falling id, without a COUNT."""

    has_older = False
    looked_back_to: dt.datetime | None = None
    older_url = newest_url = ""

    def get_filters_params(self, params: Any = None) -> Any:
        remaining = super().get_filters_params(params)
        remaining.pop(_BEFORE, None)
        return remaining

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[Any]:
        return ["-pk"]  # whatever the address asks for: no other order has an index

    def get_query_string(self, new_params: Any = None, remove: Any = None) -> str:
        """Another filter starts with the newest again."""
        return super().get_query_string(new_params, [*(remove or ()), _BEFORE])

    def get_results(self, request: HttpRequest) -> None:
        scope = self._in_scope(request)
        bound = next(iter(scope.values_list("pk", flat=True)[LOOKED_THROUGH - 1 :][:1]), None)
        matching = self._before(self.queryset)
        if bound is not None:
            matching = matching.filter(pk__gte=bound)
        rows = list(matching[: PAGE_SIZE + 1])
        full = len(rows) > PAGE_SIZE
        self.result_list = rows[:PAGE_SIZE]
        last = self.result_list[-1].pk if full else bound
        self.has_older = last is not None
        self.looked_back_to = time_of(last) if last is not None and not full else None
        self.older_url = self.get_query_string({_BEFORE: last})
        self.newest_url = self.get_query_string() if self._position() else ""
        self._fill_in_what_templates_read()

    def _fill_in_what_templates_read(self) -> None:
        self.result_count = len(self.result_list)
        self.full_result_count = self.result_count  # keeps "Show all" away
        self.show_full_result_count = self.can_show_all = False
        self.show_admin_actions = self.multi_page = False
        self.paginator = Paginator(self.result_list, PAGE_SIZE)

    def _in_scope(self, request: HttpRequest) -> QuerySet[Any]:
        """All rows that the indexed filters and the search keep, newest first."""
        queryset, _ = self.model_admin.get_search_results(request, self.root_queryset, self.query)
        for spec in self.filter_specs:
            if isinstance(spec, Scope):
                queryset = spec.queryset(request, queryset)
        return self._before(queryset.order_by("-pk"))

    def _before(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        position = self._position()
        return queryset.filter(pk__lt=position) if position else queryset

    def _position(self) -> UUID | None:
        text = self.params.get(_BEFORE)
        if text is None:
            return None
        position = parse_id(text)
        if position is None:
            raise IncorrectLookupParameters
        return position


class RecordAdmin(ModelAdmin):
    """What Vitals wrote down: can be read, not changed."""

    list_per_page = PAGE_SIZE
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    sortable_by = ()
    actions = None
    search_fields: ClassVar[tuple[str, ...]] = ("id",)
    # Columns, each with an index, that an id is looked for in after the row's own.
    searched: ClassVar[tuple[str, ...]] = ("connection_id",)
    search_help_text = "An id: of one of these, or of a connection."

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return NewestFirst

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if not search_term:
            return queryset, False
        wanted = parse_id(search_term.strip())
        if wanted is None:
            self.message_user(request, "Search for an id here; names: at Connections.", WARNING)
            return queryset.none(), False
        for column in ("pk", *self.searched):
            found = queryset.filter(**{column: wanted})
            if found.exists():
                return found, False
        return queryset.none(), False

    @admin.display(description="tenant")
    def tenant_link(self, record: Any) -> SafeString | str:
        try:
            tenant = record.tenant
        except ObjectDoesNotExist:
            return "(deleted)"
        url = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
        return format_html('<a href="{}?tenant={}">{}</a>', url, tenant.pk, tenant)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
