import api.ids
import django.db.models.deletion
from django.db import migrations, models

from tenants.row_security import protect


class Migration(migrations.Migration):

    dependencies = [
        ('connections', '0004_accounts_and_expiry'),
        ('tenants', '0003_row_security'),
    ]

    operations = [
        migrations.CreateModel(
            name='Consent',
            fields=[
                ('id', models.UUIDField(default=api.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('state_hash', models.BinaryField(unique=True)),
                ('encrypted_verifier', models.BinaryField()),
                ('session_hash', models.BinaryField(null=True)),
                ('return_to', models.CharField(blank=True, help_text='A path of Vitals.', max_length=200)),
                ('expires_at', models.DateTimeField()),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'db_table': 'oauth_consents',
            },
        ),
        migrations.CreateModel(
            name='OAuthClient',
            fields=[
                ('id', models.UUIDField(default=api.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('provider', models.SlugField(max_length=80, unique=True)),
                ('client_id', models.CharField(max_length=500)),
                ('encrypted_secret', models.BinaryField()),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
            ],
            options={
                'verbose_name': 'OAuth client',
                'db_table': 'oauth_clients',
            },
        ),
        migrations.AddField(
            model_name='credential',
            name='doubted_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='credential',
            name='encrypted_tokens',
            field=models.BinaryField(null=True),
        ),
        migrations.AddField(
            model_name='credential',
            name='refresh_due_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='credential',
            name='refresh_error',
            field=models.CharField(db_default='', default='', max_length=30),
        ),
        migrations.AddField(
            model_name='credential',
            name='refresh_failures',
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='credential',
            name='refresh_lease_id',
            field=models.UUIDField(null=True),
        ),
        migrations.AddField(
            model_name='credential',
            name='refresh_lease_until',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='credential',
            name='revision',
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.AddIndex(
            model_name='credential',
            index=models.Index(condition=models.Q(('refresh_due_at__isnull', False)), fields=['refresh_due_at'], name='credentials_refresh_due'),
        ),
        migrations.AddField(
            model_name='consent',
            name='connection',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='connections.connection'),
        ),
        migrations.AddField(
            model_name='consent',
            name='tenant',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants.tenant'),
        ),
        protect('oauth_consents'),
        protect('oauth_clients', owned='false'),  # the operator's: no tenant's to see
    ]
