"""Provider incidents and outages of our own way out, for reading."""

import datetime as dt
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString

from connections import badges
from healthchecks.newest_first import DayScope, RecordAdmin, TenantScope
from incidents.models import Incident, OwnOutage


class _Lasting(RecordAdmin):
    """A record of a time that had a beginning, and perhaps an end."""

    search_fields: ClassVar[tuple[str, ...]] = ()

    class Media:
        css = {"all": [badges.STYLESHEET]}  # noqa: RUF012 - the declaration is Django's

    @admin.display(description="since (UTC)")
    def since(self, record: Any) -> str:
        return f"{record.started_at:%Y-%m-%d %H:%M:%S}"


@admin.register(Incident)
class IncidentAdmin(_Lasting):
    list_display = (
        "since", "integration", "tenant", "state", "lasted", "cause", "connections_affected",
        "connections_down", "organisations",
    )  # fmt: skip
    list_filter = (
        TenantScope, DayScope, ("resolved_at", admin.EmptyFieldListFilter), "cause", "wider",
    )  # fmt: skip
    fields = (
        "id", "integration", "tenant", "provider", "state", "since", "opened_at", "resolved_at",
        "lasted", "cause", "connections_affected", "connections_down", "wider", "organisations",
        "acknowledged_at", "acknowledged_by",
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Incident]:
        return super().get_queryset(request).prefetch_related("integration", "tenant")

    @admin.display(description="state")
    def state(self, incident: Incident) -> SafeString:
        return _badge(over=incident.resolved_at is not None)

    @admin.display(description="lasted")
    def lasted(self, incident: Incident) -> str:
        return _length(incident.started_at, incident.resolved_at)


@admin.register(OwnOutage)
class OwnOutageAdmin(_Lasting):
    list_display = ("since", "state", "lasted", "connections", "hosts")
    list_filter = (DayScope,)
    fields = (
        "id", "state", "since", "noticed_at", "ended_at", "lasted", "connections", "hosts",
        "told_start_at", "told_end_at",
    )  # fmt: skip

    @admin.display(description="state")
    def state(self, outage: OwnOutage) -> SafeString:
        return _badge(over=outage.ended_at is not None)

    @admin.display(description="lasted")
    def lasted(self, outage: OwnOutage) -> str:
        return _length(outage.started_at, outage.ended_at)


def _badge(*, over: bool) -> SafeString:
    return badges.badge("healthy", "Over") if over else badges.badge("unhealthy", "Goes on")


def _length(start: dt.datetime, end: dt.datetime | None) -> str:
    length = (end or timezone.now()) - start
    return str(dt.timedelta(seconds=round(length.total_seconds())))
