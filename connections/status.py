"""The states that a connection stores."""

from django.db.models import TextChoices


class ConnectionStatus(TextChoices):
    ACTIVE = "active", "Active"
    PAUSED = "paused", "Paused"
    DISABLED = "disabled", "Disabled"


class HealthStatus(TextChoices):
    """Ordered from best to worst."""

    HEALTHY = "healthy", "Healthy"
    DEGRADED = "degraded", "Degraded"
    UNHEALTHY = "unhealthy", "Unhealthy"


class Word(TextChoices):
    """The older vocabulary: the latest conclusive result alone."""

    ONLINE = "online", "Online"
    DEGRADED = "degraded", "Degraded"
    OFFLINE = "offline", "Offline"


class CircuitState(TextChoices):
    CLOSED = "closed", "Closed"
    OPEN = "open", "Open"
    HALF_OPEN = "half_open", "Half open"


class CredentialState(TextChoices):
    ACTIVE = "active", "Active"
    EXPIRING = "expiring", "Expiring"
    EXPIRED = "expired", "Expired"
    MISSING = "missing", "Missing"
    NEEDS_REAUTH = "needs_reauth", "Needs re-authentication"

    @property
    def usable(self) -> bool:
        return self in {CredentialState.ACTIVE, CredentialState.EXPIRING}
