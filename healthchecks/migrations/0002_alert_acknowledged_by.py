from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('healthchecks', '0001_initial'),
    ]

    operations = [
        migrations.RemoveField(model_name='alert', name='acknowledged_by'),
        migrations.AddField(
            model_name='alert',
            name='acknowledged_by',
            field=models.CharField(blank=True, db_default='', max_length=200),
        ),
    ]
