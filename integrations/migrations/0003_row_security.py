from django.db import migrations

from tenants.row_security import protect


class Migration(migrations.Migration):

    dependencies = [
        ('integrations', '0002_muted_until'),
    ]

    operations = [
        protect('integrations'),
        protect('actions'),
    ]
