from django.db import migrations

# Of the connections that are down: what their last failed check found.
FILL = """
UPDATE connection_health h SET last_failure_cause = latest.failure_cause
FROM connection_health d, LATERAL (
    SELECT failure_cause FROM health_checks c
    WHERE c.connection_id = d.connection_id AND c.outcome = 'failed'
    ORDER BY c.id DESC LIMIT 1
) latest
WHERE d.downtime_started_at IS NOT NULL AND d.connection_id = h.connection_id
  AND latest.failure_cause IS NOT NULL
"""


class Migration(migrations.Migration):

    dependencies = [
        ('connections', '0008_last_failure_cause'),
        ('healthchecks', '0007_failures'),
    ]

    operations = [
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
