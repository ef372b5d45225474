"""The states that a connection stores."""

import datetime as dt

from django.db.models import TextChoices

EXPIRING_WITHIN = dt.timedelta(hours=1)  # product.md, "A probe", 1


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

    @classmethod
    def at(
        cls,
        now: dt.datetime,
        *,
        expires_at: dt.datetime | None,
        needs_reauth: bool,
        refreshable: bool,
    ) -> "CredentialState":
        """Return the state of a credential that is there; `expires_at` None: never."""
        if needs_reauth:
            return cls.NEEDS_REAUTH
        if refreshable or expires_at is None or expires_at > now + EXPIRING_WITHIN:
            return cls.ACTIVE
        return cls.EXPIRING if expires_at > now else cls.EXPIRED

    @property
    def usable(self) -> bool:
        return self in {CredentialState.ACTIVE, CredentialState.EXPIRING}


class ExpirySource(TextChoices):
    """Who told when a credential expires. What a person says beats what the token says, and that
    what the provider says."""

    ENTERED = "entered", "Entered"
    TOKEN = "token", "The token itself"
    PROVIDER = "provider", "The provider"
