"""The words of a health check, as they are stored and shown."""

from django.db.models import TextChoices


class CheckType(TextChoices):
    SCHEDULED = "scheduled", "Scheduled"
    MANUAL = "manual", "Manual"


class Outcome(TextChoices):
    PASSED = "passed", "Passed"
    FAILED = "failed", "Failed"
    INCONCLUSIVE = "inconclusive", "Inconclusive"


class FailureCause(TextChoices):
    """Whose problem a failure is (product.md, "failure_cause")."""

    CREDENTIAL = "credential", "Credential"
    RATE_LIMITED = "rate_limited", "Rate limited"
    PROVIDER = "provider", "Provider"
    NETWORK = "network", "Network"
    CONFIGURATION = "configuration", "Configuration"
    CONTRACT = "contract", "Contract"
    INTERNAL = "internal", "Internal"


class Reason(TextChoices):
    """Why a check has its status. Every reason that applies is stored."""

    CREDENTIAL_MISSING = "credential_missing", "The credential is missing"
    CREDENTIAL_EXPIRED = "credential_expired", "The credential has expired"
    CREDENTIAL_NEEDS_REAUTH = "credential_needs_reauth", "The credential needs re-authentication"
    CREDENTIAL_EXPIRING = "credential_expiring", "The credential expires within an hour"
    TEST_ACTION_FAILED = "test_action_failed", "The test action failed"
    CIRCUIT_OPEN = "circuit_open", "The circuit is open"
    CIRCUIT_HALF_OPEN = "circuit_half_open", "The circuit is half open"
    RECENT_FAILURES = "recent_failures", "Recent checks failed"
    SLOW = "slow", "The answer was slow"
    RATE_LIMITED = "rate_limited", "The API limits the rate of calls"
    CREDENTIAL_LIMITED = "credential_limited", "The credential may not do this call"
    INTERNAL_ERROR = "internal_error", "Vitals itself failed"
