from django.db import migrations

from tenants.row_security import protect


class Migration(migrations.Migration):

    dependencies = [
        ('tenants', '0002_look_members_rotation'),
    ]

    operations = [
        protect('tenants', column='id'),
        protect('memberships'),
        protect('api_keys'),
    ]
