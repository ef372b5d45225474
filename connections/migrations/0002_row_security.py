from django.db import migrations

from tenants.row_security import protect


class Migration(migrations.Migration):

    dependencies = [
        ('connections', '0001_initial'),
    ]

    operations = [
        protect('connections'),
        protect('credentials'),
        protect('connection_health'),
    ]
