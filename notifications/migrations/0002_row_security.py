from django.db import migrations

from tenants.row_security import protect


class Migration(migrations.Migration):

    dependencies = [
        ('notifications', '0001_initial'),
    ]

    operations = [
        protect('notification_channels'),
        protect('notices'),
        protect('notices_read'),
        protect('notification_deliveries'),
        protect('connection_watches'),
        protect('expiry_forecasts'),
    ]
