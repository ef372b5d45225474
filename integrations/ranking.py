"""Which actions are likely to test the credential, by what is known of such endpoints.

product.md's order ends with "the first GET that can be called as it is". Of many such GETs one that
answers who the credential belongs to is worth the most, and one that answers anybody the least.
A score is the sum of the rules that apply; a proof (a wrong credential must fail) beats any score.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from uuid import UUID

from integrations.models import Action, Method
from integrations.test_actions import HEALTH_CHECK_TAG, missing_parameters


class Access(Enum):
    """What a document says of an operation's credential."""

    UNKNOWN = "it says nothing"
    NEEDED = "it needs the integration's"
    OPEN = "it needs none, or can do without"
    OTHER = "it takes another kind only"


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What a document says of an action beside what the action holds itself."""

    access: Access = Access.UNKNOWN
    deprecated: bool = False
    description: str = ""


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """An action that a health check can call as it is; `reasons` say what made up its score."""

    action: Action
    score: int
    reasons: tuple[str, ...]


class _Endpoint:
    """An action, taken apart for the rules.

    `parts` are those of its path without what stands in front of most (`/api/v1`), in lower case,
    words joined by dashes: `/v2/currentUser.json` has `current-user`.
    """

    parts: list[str]
    end: str
    says: str

    def __init__(self, action: Action, facts: Facts) -> None:
        self.action = action
        self.facts = facts
        path = action.path.partition("?")[0]
        parts = [_joined(part) for part in path.split("/") if part]
        self.parts = [part for part in parts if not _PREFIX.fullmatch(part)]
        self.end = self.parts[-1] if self.parts else ""
        self.says = f"{action.name}\n{facts.description}"

    def holds(self, words: Collection[str]) -> bool:
        """Whether a word of the path is among `words`, whole parts included."""
        found = {word for part in self.parts for word in (part, *part.split("-"))}
        return not found.isdisjoint(words)


@dataclass(frozen=True)
class _Rule:
    points: int
    reason: str
    applies: Callable[[_Endpoint], bool]


_OWNER = {
    "me", "myself", "self", "whoami", "who-am-i", "viewer", "current", "current-user",
    "currentuser", "get-me", "auth-test", "userinfo", "user-info", "tokeninfo", "token-info",
    "introspect", "verify",
}  # fmt: skip
_ACCOUNT = {"user", "account", "profile", "session", "identity", "my-account", "credentials"}
_OPEN = {
    "ping", "health", "healthz", "healthcheck", "status", "version", "versions", "info", "meta",
    "time", "ready", "readyz", "live", "livez", "heartbeat", "openapi", "swagger", "docs",
}  # fmt: skip
_OPEN_WHOLLY = {"public", "health", "well-known", "anonymous", "guest"}
_HEAVY = {
    "export", "exports", "download", "downloads", "stream", "streams", "streaming", "archive",
    "backup", "backups", "dump", "csv", "pdf", "zip", "tarball", "watch", "subscribe", "websocket",
    "sse", "logs",
}  # fmt: skip
_ACTS = {
    "login", "logout", "signin", "signout", "authorize", "callback", "redirect", "revoke",
    "delete", "remove", "reset", "refresh", "rotate", "unsubscribe", "confirm", "activate",
    "deactivate", "enable", "disable", "cancel", "send",
}  # fmt: skip
_FOR_FEW = {"admin", "scim", "enterprise", "enterprises", "audit", "internal"}

# `api`, `rest`, `v1`, `2.0` (here `2-0`), `2024-01-01`
_PREFIX = re.compile(r"api|rest|v?[0-9]+(?:-[0-9a-z]+)*")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_EXTENSION = re.compile(r"\.(?:json|xml|php)$")
_OF_CALLER = re.compile(
    r"\b(?:authenticated|current(?:ly)?|logged[- ]in|calling|token's|own)\s"
    r"(?:\S+\s)?(?:user|account|member|bot|person|customer|profile)\b",
    re.IGNORECASE,
)
_WARNS = re.compile(
    r"\b(?:deprecated|discontinued|no longer|not recommended|do not use|experimental|beta|"
    r"preview|expensive|slow|large response|internal use)\b",
    re.IGNORECASE,
)

_RULES = (
    _Rule(200, f"tagged {HEALTH_CHECK_TAG}", lambda e: HEALTH_CHECK_TAG in e.action.tags),
    _Rule(60, "answers who the credential belongs to", lambda e: e.end in _OWNER),
    _Rule(40, "answers with the credential's account", lambda e: e.end in _ACCOUNT),
    _Rule(15, "speaks of whoever calls", lambda e: bool(_OF_CALLER.search(e.says))),
    _Rule(
        10,
        "lies below whoever calls",
        lambda e: not {"me", "self", "user", "account"}.isdisjoint(e.parts[:-1]),
    ),
    _Rule(20, "needs the credential", lambda e: e.facts.access is Access.NEEDED),
    # Generated documents say so of operations that do need one: weaker than what a path says.
    _Rule(-30, "said to answer without a credential", lambda e: e.facts.access is Access.OPEN),
    _Rule(-60, "takes another kind of credential", lambda e: e.facts.access is Access.OTHER),
    _Rule(
        -50,
        "such endpoints often answer without a credential",
        lambda e: e.end in _OPEN or not _OPEN_WHOLLY.isdisjoint(e.parts),
    ),
    _Rule(-60, "its path says that it does more than read", lambda e: e.holds(_ACTS)),
    _Rule(-40, "exports, downloads or streams", lambda e: e.holds(_HEAVY)),
    _Rule(-30, "deprecated", lambda e: e.facts.deprecated),
    _Rule(-20, "its description warns", lambda e: bool(_WARNS.search(e.says))),
    _Rule(-20, "the answer to a HEAD has no body", lambda e: e.action.method == Method.HEAD),
    _Rule(-15, "may need more rights than most have", lambda e: e.holds(_FOR_FEW)),
)
_EACH_PART = -2  # of the path, after the first


def candidates(
    actions: Iterable[Action],
    *,
    variables: Collection[str],
    facts: Mapping[UUID, Facts] | None = None,
) -> list[Candidate]:
    """Return the actions that a health check can call as they are, the best first.

    `variables` are the names that a connection fills; `facts` what a document says, by action.
    """
    known = facts or {}
    found = [
        _judge(action, known.get(action.id, Facts()))
        for action in actions
        if action.harmless and not missing_parameters(action, variables)
    ]
    return sorted(found, key=lambda candidate: (-candidate.score, len(candidate.action.path)))


def _judge(action: Action, facts: Facts) -> Candidate:
    endpoint = _Endpoint(action, facts)
    reasons = [(rule.points, rule.reason) for rule in _RULES if rule.applies(endpoint)]
    longer = len(endpoint.parts) - 1
    if longer > 0:
        reasons.append((_EACH_PART * longer, f"{longer + 1} parts in its path"))
    return Candidate(
        action=action,
        score=sum(points for points, _ in reasons),
        reasons=tuple(f"{reason} ({points:+})" for points, reason in reasons),
    )


def _joined(part: str) -> str:
    """Return a part of a path as words in lower case, joined by dashes."""
    words = _CAMEL.sub("-", _EXTENSION.sub("", part))
    return re.sub(r"[^a-z0-9{}]+", "-", words.lower()).strip("-")
