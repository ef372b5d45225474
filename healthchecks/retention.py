"""The daily partitions of the health checks: made ahead, dropped whole when they are old.

A partition holds the ids, UUIDv7, that were minted in one day (UTC).
"""

import datetime as dt
import logging

from django.db import OperationalError, transaction
from django.db import connection as database
from django.db.models import Max
from django.utils import timezone
from psycopg2 import sql

from api.ids import lowest_id
from healthchecks.models import ManualRequest
from tenants.models import Tenant

log = logging.getLogger(__name__)

DAYS_AHEAD = 8  # so that a week without maintenance still finds its partitions
_DEFAULT_RETENTION = 7  # days; where there is no tenant yet
_TABLE = "health_checks"
_DAY_FORMAT = "%Y%m%d"
_LOCK_TIMEOUT = "2s"  # a DETACH that waits for longer would make every recorder wait behind it
_TRIES = 5


def partition_name(day: dt.date) -> str:
    return f"{_TABLE}_{day:{_DAY_FORMAT}}"


def partitions() -> dict[dt.date, str]:
    """Return the attached partitions by their day."""
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
            " WHERE i.inhparent = %s::regclass",
            [_TABLE],
        )
        names = [row[0] for row in cursor.fetchall()]
    days = {_day_of(name): name for name in names}
    return dict(sorted(days.items()))


def make_partitions(*, since: dt.date | None = None, ahead: int = DAYS_AHEAD) -> list[dt.date]:
    """Make the partitions from `since` (today) to some days ahead; return the days that were made.

    Harmless when several do it at once.
    """
    today = timezone.now().date()
    first = since or today - dt.timedelta(days=1)  # ids minted before midnight arrive after it
    wanted = (first + dt.timedelta(days=n) for n in range((today - first).days + ahead + 1))
    with transaction.atomic(), database.cursor() as cursor:
        # One maker at a time: CREATE TABLE IF NOT EXISTS can still collide with itself.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('health_checks partitions'))")
        existing = partitions()
        made = [day for day in wanted if day not in existing]
        for day in made:
            _make(day)
    return made


def drop_old_partitions() -> list[dt.date]:
    """Drop the partitions that no tenant's retention reaches; return their days."""
    oldest_kept = timezone.now().date() - dt.timedelta(days=_longest_retention())
    old = [(day, name) for day, name in partitions().items() if day < oldest_kept]
    return [day for day, name in old if _drop(name)]


def forget_manual_requests() -> int:
    """Delete the notes of who asked for checks that retention has dropped; return how many."""
    oldest_kept = timezone.now() - dt.timedelta(days=_longest_retention())
    return ManualRequest.objects.filter(created_at__lt=oldest_kept).delete()[0]


def _longest_retention() -> int:
    return Tenant.objects.aggregate(days=Max("retention_days"))["days"] or _DEFAULT_RETENTION


def _make(day: dt.date) -> None:
    """Make one partition beside the table, then attach it: that does not wait for recorders."""
    start = dt.datetime.combine(day, dt.time(), tzinfo=dt.UTC)
    name = sql.Identifier(partition_name(day))
    bounds = {
        "low": sql.Literal(str(lowest_id(start))),
        "high": sql.Literal(str(lowest_id(start + dt.timedelta(days=1)))),
    }
    with database.cursor() as cursor:
        for statement in (
            "CREATE TABLE {name} (LIKE {table} INCLUDING DEFAULTS INCLUDING CONSTRAINTS)",
            "ALTER TABLE {table} ATTACH PARTITION {name} FOR VALUES FROM ({low}) TO ({high})",
        ):
            cursor.execute(
                sql.SQL(statement).format(name=name, table=sql.Identifier(_TABLE), **bounds)
            )


def _drop(name: str) -> bool:
    """Detach and drop; give way to whoever holds the table, and leave it for the next run."""
    table = {"table": sql.Identifier(_TABLE), "name": sql.Identifier(name)}
    for _ in range(_TRIES):
        try:
            with transaction.atomic(), database.cursor() as cursor:
                cursor.execute("SELECT set_config('lock_timeout', %s, true)", [_LOCK_TIMEOUT])
                cursor.execute(
                    sql.SQL("ALTER TABLE {table} DETACH PARTITION {name}").format(**table)
                )
                cursor.execute(sql.SQL("DROP TABLE {name}").format(**table))
        except OperationalError:
            continue
        return True
    log.warning("Partition %s is in use; it will be dropped at the next run", name)
    return False


def _day_of(name: str) -> dt.date:
    text = name.removeprefix(f"{_TABLE}_")
    return dt.datetime.strptime(text, _DAY_FORMAT).replace(tzinfo=dt.UTC).date()
