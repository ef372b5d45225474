"""Which notices a channel wants, and when: pure rules."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID
from zoneinfo import ZoneInfo

from notifications.status import Event, NoticeKind, Severity


@dataclass(frozen=True, kw_only=True)
class QuietHours:
    """From `start` to `end` on the clocks of `zone`, over midnight where the end is earlier."""

    start: dt.time
    end: dt.time
    zone: ZoneInfo

    def over_at(self, now: dt.datetime) -> dt.datetime | None:
        """Return when the quiet that lasts at `now` is over; None: it is not quiet.

        A time that the change of the clocks leaves out counts as the moment after the gap; of one
        that comes twice the first counts.
        """
        local = now.astimezone(self.zone)
        for day in (local.date() - dt.timedelta(days=1), local.date()):
            start = dt.datetime.combine(day, self.start, self.zone).astimezone(dt.UTC)
            last = day if self.start < self.end else day + dt.timedelta(days=1)
            end = dt.datetime.combine(last, self.end, self.zone).astimezone(dt.UTC)
            if start <= now < end:
                return end
        return None


@dataclass(frozen=True, kw_only=True)
class Topic:
    """What rules ask of a notice. `integration_id` None: it is of no integration."""

    kind: NoticeKind
    severity: Severity
    integration_id: UUID | None
    tags: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What a channel wants to hear of; empty `integration_ids` and `tags`: of all."""

    events: Collection[str]
    integration_ids: Collection[UUID]
    tags: Collection[str]
    minimum_severity: Severity

    def include(self, topic: Topic) -> bool:
        return (
            not _events_of(topic).isdisjoint(self.events)
            and topic.severity.rank >= self.minimum_severity.rank
            and (not self.integration_ids or topic.integration_id in self.integration_ids)
            and (not self.tags or not topic.tags.isdisjoint(self.tags))
        )


def _events_of(topic: Topic) -> frozenset[Event]:
    return frozenset(topic.kind.events)
