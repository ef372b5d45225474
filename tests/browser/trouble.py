"""Connections that are down, and stay so while a test looks at them."""

import datetime as dt

from django.utils import timezone

from connections.models import Connection
from tenants.models import Tenant
from tests.browser.conftest import at_rest
from tests.factories import make_alert, make_connection, make_integration, set_health

SINCE = dt.timedelta(minutes=10)


def down(tenant: Tenant, *names: str) -> list[Connection]:
    """Make connections of Slack that its own trouble has kept down, each with an open alert."""
    slack = make_integration(tenant, "Slack", provider="slack")
    with at_rest(tenant):
        made = [make_connection(slack, name) for name in names]
        for connection in made:
            set_health(
                connection,
                health_status="unhealthy",
                reasons=["test_action_failed"],
                downtime_started_at=timezone.now() - SINCE,
                last_failure_cause="provider",
                last_error_code="http_503",
                last_health_check_at=timezone.now(),
            )
            make_alert(connection)
    return made
