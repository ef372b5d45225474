from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('connections', '0003_muted_at'),
    ]

    operations = [
        migrations.AddField(
            model_name='credential',
            name='account',
            field=models.BinaryField(null=True),
        ),
        migrations.AddField(
            model_name='credential',
            name='expiry_source',
            field=models.CharField(blank=True, choices=[('entered', 'Entered'), ('token', 'The token itself'), ('provider', 'The provider')], default='', max_length=10),
        ),
        migrations.AddIndex(
            model_name='credential',
            index=models.Index(fields=['account', 'tenant'], name='credentials_of_account'),
        ),
        # Until now only a person could tell.
        migrations.RunSQL(
            "UPDATE credentials SET expiry_source = 'entered' WHERE expires_at IS NOT NULL",
            migrations.RunSQL.noop,
        ),
    ]
