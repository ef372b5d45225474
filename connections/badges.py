"""Statuses as the admin shows them: a word on a colour, never a colour alone."""

from django.utils.html import format_html
from django.utils.safestring import SafeString

from connections.models import ConnectionHealth
from connections.status import HealthStatus

STYLESHEET = "connections/admin.css"
NOT_CHECKED = "not checked yet"


def badge(status: str, label: str) -> SafeString:
    """Return `label` on the colour of `status`."""
    return format_html('<span class="badge badge-{}">{}</span>', status, label)


def status_badge(status: str) -> SafeString:
    return badge(status, HealthStatus(status).label)


def health_badge(health: ConnectionHealth | None) -> SafeString:
    """Return the badge of a connection's health, which has none before its first check."""
    if health is None or health.last_health_check_at is None:
        return badge("unknown", NOT_CHECKED)
    return status_badge(health.health_status)
