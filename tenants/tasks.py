"""Celery's way in."""

from celery import shared_task
from django.core.management import call_command


@shared_task(name="tenants.forget_sessions")
def forget_sessions() -> None:
    """Delete the browser sessions that have expired."""
    call_command("clearsessions")
