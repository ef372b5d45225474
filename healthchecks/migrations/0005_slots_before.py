from typing import Any

from django.db import migrations, models


def _count() -> Any:
    return models.PositiveIntegerField(db_default=0)


class Migration(migrations.Migration):
    dependencies = [("healthchecks", "0004_row_security")]
    operations = [
        migrations.AddField(model, name, field)
        for model in ("hourlystatistics", "dailystatistics")
        for name, field in (
            ("slots_before", _count()),
            ("missed_before", _count()),
            ("slots_since", models.DateTimeField(null=True)),
            ("slots_apart", models.PositiveIntegerField(null=True)),
        )
    ]
