"""What is kept, for how long, and that there is room for what comes."""

import datetime as dt
from typing import Any

from django.db.models import Max
from django.utils import timezone

from api.ids import lowest_id
from healthchecks.held import CLAIM_LIFE, DAY
from healthchecks.models import (
    Alert,
    DailyStatistics,
    HealthStateChange,
    ManualRequest,
    Outage,
)
from healthchecks.partitions import HEALTH_CHECKS, HOURLY_STATISTICS
from healthchecks.statements import execute, fetch
from healthchecks.statistics import made_until
from tenants.models import Tenant

DAYS_AHEAD = 8  # so that a week without maintenance still finds its partitions
STATISTICS_KEPT = dt.timedelta(days=400)  # product.md, "Numbers that people read"
_DEFAULT_RETENTION = 7  # days; where there is no tenant yet
_CHUNK = dt.timedelta(minutes=15)  # of a day whose checks one statement deletes

_TENANTS_THAT_KEEP_FEWER_DAYS = """
SELECT t.id FROM tenants t
WHERE t.retention_days < %(age)s AND EXISTS (
    SELECT FROM health_checks c
    WHERE c.tenant_id = t.id AND c.id >= %(lowest)s AND c.id < %(highest)s
)
"""
_DELETE = """
DELETE FROM health_checks
WHERE tenant_id = ANY(%(tenants)s) AND id >= %(lowest)s AND id < %(highest)s
"""
# Without waiting: recorders hold such rows too, in an order of their own.
_FORGET_PAUSES = """
DELETE FROM account_pauses WHERE account IN (
    SELECT account FROM account_pauses WHERE until < now() FOR UPDATE SKIP LOCKED
)
"""


def make_partitions(*, since: dt.date | None = None, ahead: int = DAYS_AHEAD) -> list[dt.date]:
    """Make the partitions from `since` (yesterday) to some days ahead; return the first days of
    those of the checks that were made. Harmless when several do it at once."""
    today = timezone.now().date()
    first = since or today - DAY  # ids minted before midnight arrive after it
    last = today + ahead * DAY
    HOURLY_STATISTICS.make(first, last)
    return HEALTH_CHECKS.make(first, last)


def drop_old_partitions() -> list[str]:
    """Drop the partitions that nothing is kept of; return their names.

    Those are the days of checks that no tenant's retention reaches and of which there are
    statistics, and the months of statistics that are too old.
    """
    today = timezone.now().date()
    oldest_kept = min(today - _longest_retention() * DAY, _summed_up())
    oldest_statistics = (timezone.now() - STATISTICS_KEPT).date()
    return [
        table.partition_name(day)
        for table, kept in ((HEALTH_CHECKS, oldest_kept), (HOURLY_STATISTICS, oldest_statistics))
        for day in table.drop_before(kept)
    ]


def delete_old_checks() -> int:
    """Delete the checks of tenants with a shorter retention than others; return how many."""
    today, summed_up = timezone.now().date(), _summed_up()
    days = [day for day in HEALTH_CHECKS.partitions() if day < min(today, summed_up)]
    return sum(_delete_day(day, (today - day).days) for day in days)


def forget_what_is_old() -> int:
    """Delete what has no partitions and is older than statistics are kept; return how many rows.

    Alerts that are still open stay.
    """
    oldest = timezone.now() - STATISTICS_KEPT
    old_rows = (
        DailyStatistics.objects.filter(starts_at__lt=oldest),
        Outage.objects.filter(ended_at__lt=oldest),
        HealthStateChange.objects.filter(pk__lt=lowest_id(oldest)),
        Alert.objects.filter(pk__lt=lowest_id(oldest), resolved_at__lt=oldest),
    )
    return sum(rows.delete()[0] for rows in old_rows)


def forget_manual_requests() -> int:
    """Delete the notes of who asked for checks that retention has dropped; return how many."""
    oldest_kept = timezone.now() - _longest_retention() * DAY
    return ManualRequest.objects.filter(created_at__lt=oldest_kept).delete()[0]


def forget_pauses() -> int:
    """Delete the pauses of accounts that may call again; return how many."""
    return execute(_FORGET_PAUSES)


def _delete_day(day: dt.date, age: int) -> int:
    """Delete, of the checks of one day, those of tenants that keep fewer than `age` days."""
    start = dt.datetime.combine(day, dt.time(), tzinfo=dt.UTC)
    found = fetch(_TENANTS_THAT_KEEP_FEWER_DAYS, _ids(start, DAY) | {"age": age})
    if not found:
        return 0
    tenants = {"tenants": [pk for (pk,) in found]}
    chunks = (_ids(start + n * _CHUNK, _CHUNK) for n in range(DAY // _CHUNK))
    return sum(execute(_DELETE, ids | tenants) for ids in chunks)


def _ids(start: dt.datetime, length: dt.timedelta) -> dict[str, Any]:
    return {"lowest": lowest_id(start), "highest": lowest_id(start + length)}


def _longest_retention() -> int:
    return Tenant.objects.aggregate(days=Max("retention_days"))["days"] or _DEFAULT_RETENTION


def _summed_up() -> dt.date:
    """Return the first day whose checks are not all in the statistics yet."""
    until = made_until()
    return (until - CLAIM_LIFE).date() if until else dt.date.min
