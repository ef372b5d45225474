from django.db import migrations

from tenants.row_security import protect


class Migration(migrations.Migration):

    dependencies = [
        ('healthchecks', '0003_statistics'),
    ]

    operations = [
        protect('health_checks'),
        protect('health_state_changes'),
        protect('alerts'),
        protect('manual_requests'),
        protect('hourly_statistics'),
        protect('daily_statistics'),
        protect('outages'),
        protect(
            'integration_paces',
            owned='EXISTS (SELECT FROM integrations i WHERE i.id = integration_id)',
        ),
    ]
