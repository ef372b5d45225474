"""Beat's scheduler: ticks that an operator changed in the admin stay changed."""

from collections.abc import Mapping
from typing import Any

from django_celery_beat.models import PeriodicTask
from django_celery_beat.schedulers import DatabaseScheduler


class Scheduler(DatabaseScheduler):  # type: ignore[misc]  # the package has no types
    """Makes our ticks where they are absent, and leaves them alone where they are not."""

    def update_from_dict(self, mapping: Mapping[str, Any]) -> None:
        known = set(
            PeriodicTask.objects.filter(name__in=list(mapping)).values_list("name", flat=True)
        )
        super().update_from_dict({name: mapping[name] for name in mapping if name not in known})
