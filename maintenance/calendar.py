"""All times that a tenant's windows come, in a span."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from operator import attrgetter
from uuid import UUID

from maintenance.models import MaintenanceWindow
from tenants.models import Tenant


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One time that a window comes."""

    window_id: UUID
    name: str
    start: dt.datetime
    end: dt.datetime


def calendar(tenant: Tenant, since: dt.datetime, until: dt.datetime) -> Sequence[Entry]:
    """Return what goes on at some time from `since` on and before `until`, by its start.

    One query. At most one a day of each window, and of these there are not many
    (`edits.MOST_WINDOWS`).
    """
    entries = [
        Entry(window_id=window.pk, name=window.name, start=starts_at, end=ends_at)
        for window in MaintenanceWindow.objects.filter(tenant=tenant).order_by("pk")
        for starts_at, ends_at in takewhile(
            lambda occurrence: occurrence.starts_at < until, window.schedule.occurrences(since)
        )
    ]
    return sorted(entries, key=attrgetter("start"))
