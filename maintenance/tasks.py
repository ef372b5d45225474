"""Celery's way in."""

from celery import shared_task

from maintenance import edits


@shared_task(name="maintenance.go_on")
def go_on() -> None:
    edits.go_on()
