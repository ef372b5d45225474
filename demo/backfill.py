"""The demo's past, written."""

import datetime as dt
from collections.abc import Sequence

from connections.models import Connection
from connections.scheduling import schedule_new
from demo import history
from demo.history import Subject, relive
from healthchecks.models import Alert, HealthCheck, HealthStateChange
from healthchecks.retention import make_partitions
from healthchecks.statistics import make_past, make_statistics

_BATCH = 1_000  # rows an INSERT


def backfill(subjects: Sequence[Subject], *, until: dt.datetime) -> int:
    """Write the week before `until` for new connections; return the number of checks.

    Then they are due at once, as they were, and the statistics have that week too.
    """
    make_partitions(since=(until - history.LENGTH).date())
    pasts = [relive(subject, until=until) for subject in subjects]
    checks = [check for past in pasts for check in past.checks]
    HealthCheck.objects.bulk_create(checks, batch_size=_BATCH)
    HealthStateChange.objects.bulk_create(
        (change for past in pasts for change in past.changes), batch_size=_BATCH
    )
    Alert.objects.bulk_create((alert for past in pasts for alert in past.alerts), batch_size=_BATCH)
    for past in pasts:
        past.health.save()
    ids = [subject.connection.pk for subject in subjects]
    Connection.objects.filter(pk__in=ids).update(created_at=until - history.LENGTH)
    schedule_new(ids)
    make_past(ids, until - history.LENGTH)
    make_statistics()
    return len(checks)
