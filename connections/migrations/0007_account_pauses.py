import django.db.models.deletion
from django.db import migrations, models

from tenants.row_security import protect


class Migration(migrations.Migration):

    dependencies = [
        ('connections', '0006_accounts_of_before'),
        ('tenants', '0003_row_security'),
    ]

    operations = [
        migrations.CreateModel(
            name='AccountPause',
            fields=[
                ('account', models.BinaryField(primary_key=True, serialize=False)),
                ('until', models.DateTimeField()),
                ('tenant', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants.tenant')),
            ],
            options={
                'db_table': 'account_pauses',
            },
        ),
        protect('account_pauses'),
    ]
