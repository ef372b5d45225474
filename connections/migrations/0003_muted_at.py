from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('connections', '0002_row_security'),
    ]

    operations = [
        migrations.AddField(
            model_name='connection',
            name='muted_at',
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AlterField(
            model_name='connection',
            name='muted_until',
            field=models.DateTimeField(editable=False, null=True),
        ),
    ]
