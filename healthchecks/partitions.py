"""Tables in parts, by time: made ahead, dropped whole when they are old.

The role that Vitals runs with does not own the tables. Two functions of the database, which
migration 0003 brings, make and drop parts of these tables and of no other.
"""

import datetime as dt
import logging
from collections.abc import Callable
from dataclasses import dataclass

from django.db import OperationalError, transaction
from django.db import connection as database

from api.ids import lowest_id

log = logging.getLogger(__name__)

_LOCK_TIMEOUT = "2s"  # a DETACH that waits for longer would make every recorder wait behind it
_TRIES = 5


@dataclass(frozen=True, kw_only=True)
class PartitionedTable:
    """`day_format` is what a part's name says of its first day, `following` the first day after
    the part of another, `bound` a part's lower bound as its column has it."""

    name: str
    day_format: str
    following: Callable[[dt.date], dt.date]
    bound: Callable[[dt.datetime], str]

    def partition_name(self, first_day: dt.date) -> str:
        return f"{self.name}_{first_day:{self.day_format}}"

    def partitions(self) -> dict[dt.date, str]:
        """Return the names of the parts that are there by their first days, oldest first."""
        with database.cursor() as cursor:
            cursor.execute(
                "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
                " WHERE i.inhparent = %s::regclass",
                [self.name],
            )
            names = [row[0] for row in cursor.fetchall()]
        return dict(sorted((self._first_day(name), name) for name in names))

    def make(self, since: dt.date, until: dt.date) -> list[dt.date]:
        """Make the missing parts that hold these days; return their first days.

        Harmless when several do it at once.
        """
        with transaction.atomic(), database.cursor() as cursor:
            # One maker at a time: two that make the same part would fail.
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"parts of {self.name}"])
            existing = self.partitions()
            made = [day for day in self._first_days(since, until) if day not in existing]
            for day in made:
                low, high = (self.bound(_midnight(d)) for d in (day, self.following(day)))
                cursor.execute(
                    "SELECT make_partition(%s, %s, %s, %s)",
                    [self.name, self.partition_name(day), low, high],
                )
        return made

    def drop_before(self, oldest_kept: dt.date) -> list[dt.date]:
        """Drop the parts that end before this day; return the first days of those dropped."""
        old = {
            day: name
            for day, name in self.partitions().items()
            if self.following(day) <= oldest_kept
        }
        return [day for day, name in old.items() if self._drop(name)]

    def _drop(self, name: str) -> bool:
        """Give way to whoever holds the table, and leave the part for the next run."""
        for _ in range(_TRIES):
            try:
                with transaction.atomic(), database.cursor() as cursor:
                    cursor.execute("SELECT set_config('lock_timeout', %s, true)", [_LOCK_TIMEOUT])
                    cursor.execute("SELECT drop_partition(%s, %s)", [self.name, name])
            except OperationalError:
                continue
            return True
        log.warning("Partition %s is in use; it will be dropped at the next run", name)
        return False

    def _first_days(self, since: dt.date, until: dt.date) -> list[dt.date]:
        day = self._first_day(self.partition_name(since))
        days = []
        while day <= until:
            days.append(day)
            day = self.following(day)
        return days

    def _first_day(self, name: str) -> dt.date:
        text = name.removeprefix(f"{self.name}_")
        return dt.datetime.strptime(text, self.day_format).replace(tzinfo=dt.UTC).date()


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), tzinfo=dt.UTC)


def _next_day(day: dt.date) -> dt.date:
    return day + dt.timedelta(days=1)


def _next_month(day: dt.date) -> dt.date:
    return (day.replace(day=1) + dt.timedelta(days=32)).replace(day=1)


# A part holds the ids, UUIDv7, that were minted in one day (UTC).
HEALTH_CHECKS = PartitionedTable(
    name="health_checks",
    day_format="%Y%m%d",
    following=_next_day,
    bound=lambda moment: str(lowest_id(moment)),
)
HOURLY_STATISTICS = PartitionedTable(
    name="hourly_statistics",
    day_format="%Y%m",
    following=_next_month,
    bound=dt.datetime.isoformat,
)
