"""Where connections stand: the one word that lists and totals share."""

from django.db.models import Case, IntegerField, TextChoices, Value, When

from connections.models import ConnectionHealth
from connections.status import HealthStatus


class Standing(TextChoices):
    """Those that need attention come first.

    Inactive ones are not being checked: they, their integration or their tenant is not active.
    """

    UNHEALTHY = "unhealthy", "Unhealthy"
    DEGRADED = "degraded", "Degraded"
    NOT_CHECKED = "notChecked", "Not checked yet"  # spelt like the summary's field
    HEALTHY = "healthy", "Healthy"
    INACTIVE = "inactive", "Inactive"

    @property
    def rank(self) -> int:
        """The place in the order; in SQL it is `standing_rank`."""
        return list(Standing).index(self)


def standing_of(health: ConnectionHealth) -> Standing:
    if health.due_at is None:
        return Standing.INACTIVE
    if health.last_health_check_at is None:
        return Standing.NOT_CHECKED
    return Standing(health.health_status)


def standing_rank(health: str = "health") -> Case:
    """Return the rank of what `standing_of` says, in SQL; `health` is the way to that row."""
    return Case(
        When(**{f"{health}__due_at": None}, then=Value(Standing.INACTIVE.rank)),
        When(**{f"{health}__last_health_check_at": None}, then=Value(Standing.NOT_CHECKED.rank)),
        *(
            When(**{f"{health}__health_status": status}, then=Value(Standing(status).rank))
            for status in HealthStatus
        ),
        output_field=IntegerField(),
    )
