"""Told again at the interval that a channel wants: downtimes and incidents that nobody saw."""

import datetime as dt

from healthchecks.statements import execute, fetch
from notifications.models import Notice, NotificationChannel, NotificationDelivery
from notifications.planning import delivery_of
from notifications.silence import SPEAKS

_MOST = 1_000  # a sweep; the rest at the next

# Of what is open, was not acknowledged, and was told in this channel: the number of the reminder
# that is due. Those that were missed are left out.
_DUE = f"""
SELECT d.channel_id, d.notice_id, due.number
FROM (
    SELECT n.id FROM alerts a
    JOIN notices n ON n.tenant_id = a.tenant_id AND n.key = 'downtime:' || a.id
    JOIN connections c ON c.id = a.connection_id
    JOIN integrations i ON i.id = c.integration_id
    WHERE a.resolved_at IS NULL AND a.acknowledged_at IS NULL AND {SPEAKS}
      AND NOT EXISTS (SELECT FROM incidents x
                      WHERE x.id = a.incident_id AND x.resolved_at IS NULL)
    UNION ALL
    SELECT n.id FROM incidents x
    JOIN notices n ON n.tenant_id = x.tenant_id AND n.key = 'incident-opened:' || x.id
    WHERE x.resolved_at IS NULL AND x.acknowledged_at IS NULL
) AS open
JOIN notification_deliveries d ON d.notice_id = open.id AND d.reminder = 0
JOIN notification_channels ch ON ch.id = d.channel_id,
LATERAL (
    SELECT floor(extract(epoch FROM %(now)s - d.due_at) / (60 * ch.reminder_minutes))::int
        AS number
) AS due
WHERE d.state = 'delivered' AND ch.enabled AND ch.disabled_at IS NULL AND due.number >= 1
  AND NOT EXISTS (
      SELECT FROM notification_deliveries again
      WHERE again.channel_id = d.channel_id AND again.notice_id = d.notice_id
        AND (again.reminder >= due.number OR again.reminder > 0 AND again.state = 'pending')
  )
ORDER BY d.id LIMIT %(most)s
"""  # noqa: S608 - made of constants
# What waits for the end of quiet hours, and somebody has seen it by now, or it is over.
_DROP = """
DELETE FROM notification_deliveries d USING notices n
WHERE d.state = 'pending' AND d.reminder > 0 AND d.message_id IS NULL AND n.id = d.notice_id
  AND NOT EXISTS (SELECT FROM alerts a WHERE a.id = n.alert_id
                  AND a.resolved_at IS NULL AND a.acknowledged_at IS NULL)
  AND NOT EXISTS (SELECT FROM incidents x WHERE x.id = n.incident_id
                  AND x.resolved_at IS NULL AND x.acknowledged_at IS NULL)
"""


def remind(now: dt.datetime) -> None:
    """Make the deliveries of the reminders that are due, and drop what nobody needs any more. Two
    queries where there is none."""
    execute(_DROP)
    due = fetch(_DUE, {"now": now, "most": _MOST})
    channels = NotificationChannel.objects.in_bulk({channel for channel, _, _ in due})
    notices = Notice.objects.in_bulk({notice for _, notice, _ in due})
    NotificationDelivery.objects.bulk_create(
        [
            delivery_of(notices[notice], channels[channel], now, reminder=number)
            for channel, notice, number in due
        ],
        ignore_conflicts=True,
    )
