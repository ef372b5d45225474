"""The Celery app, and all that beat does."""

import os
from typing import Any

from celery import Celery
from celery.schedules import crontab, schedule
from celery.signals import setup_logging, task_prerun, worker_init, worker_shutdown

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "healthcheck_project.settings")

app = Celery("vitals")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# Few ticks, and each can run twice at once or come late without harm. They carry no `expires`:
# it would be judged by the worker's clock.
app.conf.beat_schedule = {
    "dispatch": {"task": "healthchecks.dispatch", "schedule": schedule(5)},
    "refresh-tokens": {"task": "connections.refresh_due", "schedule": schedule(5)},
    "watch-downtime": {"task": "healthchecks.watch_downtime", "schedule": schedule(10)},
    "notify": {"task": "notifications.sweep", "schedule": schedule(5)},
    "look-ahead": {"task": "notifications.look_ahead", "schedule": schedule(30)},
    "survey": {"task": "healthchecks.survey", "schedule": schedule(60)},
    "mend-live-store": {"task": "healthchecks.mend_live_store", "schedule": schedule(60)},
    "go-on-with-windows": {"task": "maintenance.go_on", "schedule": schedule(60)},
    "make-statistics": {"task": "healthchecks.make_statistics", "schedule": schedule(60)},
    "forget-sessions": {
        "task": "tenants.forget_sessions",
        "schedule": crontab(hour="0", minute="37"),
    },
    "forget-consents": {
        "task": "connections.forget_consents",
        "schedule": crontab(hour="0", minute="27"),
    },
    "forget-incidents": {
        "task": "incidents.forget",
        "schedule": crontab(hour="0", minute="47"),
    },
    "forget-notices": {
        "task": "notifications.forget",
        "schedule": crontab(hour="0", minute="47"),
    },
    "keep-partitions": {
        "task": "healthchecks.keep_partitions",
        "schedule": crontab(hour="0", minute="17"),
    },
}

SECONDS_TO_DRAIN = 20.0  # the same as CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT


@setup_logging.connect
def _keep_djangos_logging(**_: Any) -> None:
    """A receiver is enough to keep Celery from setting up logging of its own."""


@worker_init.connect
def _act_for_all_tenants(**_: Any) -> None:
    from tenants.row_security import act_for_all_tenants

    act_for_all_tenants()


@task_prerun.connect
def _drop_dead_connections(**_: Any) -> None:
    """A database connection that broke is replaced, instead of failing every task from now on."""
    from django.db import close_old_connections

    close_old_connections()


@worker_shutdown.connect
def _drain(**_: Any) -> None:
    from healthchecks import stream

    stream.close(SECONDS_TO_DRAIN)
