from django.db import migrations

# Who comes from a version that told nobody does not want to hear of all its past.
PROCESS = """
UPDATE health_state_changes SET processed_at = now() WHERE processed_at IS NULL;
UPDATE alerts SET processed_at = now();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('healthchecks', '0009_alerts_told'),
    ]

    operations = [
        migrations.RunSQL(PROCESS, migrations.RunSQL.noop),
    ]
