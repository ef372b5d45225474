"""The API's codes in words, for the pages: one source with the admin and the messages."""

from django.db.models import TextChoices

from connections.oauth.consent import WhyNot
from connections.status import CircuitState, ConnectionStatus, CredentialState, ExpirySource
from healthchecks.evaluation import CallResult
from healthchecks.negative_control import ProofVerdict
from healthchecks.status import CheckType, FailureCause, Outcome, Reason
from integrations.auth import SCHEMES
from integrations.models import IntegrationStatus
from maintenance.models import WindowState
from notifications.status import DeliveryState, Event, NoticeKind, Severity
from tenants.models import Role, Theme

_WHO = {
    "tenant": "You",
    "operator": "Whoever runs Vitals",
    "developer": "A developer",
    "provider": "The provider",
    "nobody": "Nobody",
}
_MAY_DO = {
    "viewer": "Sees everything but members and keys, and changes nothing.",
    "operator": "Sees the same as a viewer; runs checks, pauses, mutes, acknowledges alerts and"
    " plans maintenance.",
    "admin": "Sees and changes everything.",
}
_STANDINGS = {
    "healthy": "Healthy",
    "degraded": "Degraded",
    "unhealthy": "Unhealthy",
    "notChecked": "Not checked yet",
    "inactive": "Not being checked",
}
_CHANNEL_STATES = {"active": "Active", "failing": "Failing", "disabled": "Turned off"}
_CHOICES: dict[str, type[TextChoices]] = {
    "callResult": CallResult,
    "cause": FailureCause,
    "checkType": CheckType,
    "circuit": CircuitState,
    "connectionStatus": ConnectionStatus,
    "credential": CredentialState,
    "deliveryState": DeliveryState,
    "event": Event,
    "expirySource": ExpirySource,
    "integrationStatus": IntegrationStatus,
    "notConnected": WhyNot,
    "noticeKind": NoticeKind,
    "outcome": Outcome,
    "reason": Reason,
    "role": Role,
    "severity": Severity,
    "theme": Theme,
    "verdict": ProofVerdict,
    "windowState": WindowState,
}

Words = dict[str, dict[str, str]]


def words() -> Words:
    """Return what each code of the API means, by kind of code."""
    labels = {kind: dict(choices.choices) for kind, choices in _CHOICES.items()}
    auth = {scheme.type: scheme.label for scheme in SCHEMES.values()}
    return {
        **labels,
        "authType": auth,
        "channelState": _CHANNEL_STATES,
        "mayDo": _MAY_DO,
        "standing": _STANDINGS,
        "who": _WHO,
    }
