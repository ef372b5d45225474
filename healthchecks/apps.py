from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


def make_partitions(**_: Any) -> None:
    from healthchecks.retention import make_partitions

    make_partitions()


class HealthchecksConfig(AppConfig):
    name = "healthchecks"
    verbose_name = "Health checks"

    def ready(self) -> None:
        from healthchecks import deletion, live

        live.connect()
        deletion.connect()
        post_migrate.connect(make_partitions, sender=self)
