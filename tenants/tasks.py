"""Celery's way in."""

from celery import shared_task
from django.core.management import call_command

from tenants import password_links


@shared_task(name="tenants.forget_sessions")
def forget_sessions() -> None:
    """Delete the browser sessions that have expired."""
    call_command("clearsessions")


@shared_task(name="tenants.send_password_link")
def send_password_link(address: str) -> None:
    """Send who has this address a link to choose a new password."""
    password_links.send_again(address)
