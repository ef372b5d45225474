from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("healthchecks", "0006_state_changes_connection")]
    operations = [
        migrations.AddIndex(
            "healthcheck",
            models.Index(
                fields=["tenant", "failure_cause", "-id"],
                name="health_checks_failures",
                condition=models.Q(failure_cause__isnull=False),
            ),
        ),
    ]
