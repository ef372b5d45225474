"""The demo's cast: the APIs that its tenant uses, the accounts it has there, and their story.

Times are told backwards from the moment at which the demo is loaded.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from demo.behaviour import DOWN, PRESETS, Behaviour

MINUTE = dt.timedelta(minutes=1)
HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)

SECRETS: Mapping[str, Mapping[str, str]] = {
    "none": {},
    "bearer": {"token": "demo-token"},
    "basic": {"username": "mia@example.com", "password": "demo-password"},
    "api_key_header": {"key": "demo-key"},
}
"""What the simulated provider is shown, by auth type. It accepts anything."""


@dataclass(frozen=True, kw_only=True)
class Outage:
    """A past time of trouble at an API, felt by all of its accounts."""

    ago: dt.timedelta
    length: dt.timedelta
    behaviour: Behaviour

    def covers(self, ago: dt.timedelta) -> bool:
        return self.ago >= ago > self.ago - self.length


@dataclass(frozen=True, kw_only=True)
class Account:
    """One connection. `behaviour` names what the simulated provider does with it
    (`demo.behaviour.preset`), `since` how long ago that began; before, it was fine.

    `expires_in` is the life that its credential has left at every load, `paused_for` how long ago
    somebody paused it; None means never.
    """

    name: str
    latency_ms: int
    behaviour: str = "fine"
    since: dt.timedelta = dt.timedelta()
    expires_in: dt.timedelta | None = None
    paused_for: dt.timedelta | None = None


@dataclass(frozen=True, kw_only=True)
class Api:
    """One integration: the catalogue's `provider`, or a custom one with `auth` and `action`."""

    slug: str
    name: str
    accounts: Sequence[Account]
    provider: str = ""
    auth: Mapping[str, str] = field(default_factory=lambda: {"type": "none"})
    action: Mapping[str, Any] = field(default_factory=dict)
    outages: Sequence[Outage] = ()


_NOT_FOUND = Behaviour(status=404)
_CHANGED = Behaviour(body=b'{"viewer": {"login": "mia"}}')

CAST: Sequence[Api] = (
    Api(
        slug="jira",
        name="Jira Cloud",
        provider="jira",
        accounts=(
            Account(name="Jira production", latency_ms=180),
            Account(name="Jira sandbox", latency_ms=210, behaviour="unauthorized", since=20 * HOUR),
        ),
        outages=(Outage(ago=3 * DAY + 2 * HOUR, length=26 * MINUTE, behaviour=DOWN),),
    ),
    Api(
        slug="postman",
        name="Postman",
        provider="postman",
        accounts=(
            Account(name="QA workspace", latency_ms=240),
            Account(name="Contract tests", latency_ms=260, behaviour="limited", since=3 * HOUR),
        ),
    ),
    Api(
        slug="testmo",
        name="Testmo",
        provider="testmo",
        accounts=(
            Account(name="Regression runs", latency_ms=310, behaviour="flapping", since=5 * HOUR),
            Account(name="Archived project", latency_ms=290, paused_for=2 * DAY),
        ),
    ),
    Api(
        slug="slack",
        name="Slack",
        auth={"type": "bearer"},
        action={
            "name": "Test authentication",
            "method": "POST",
            "path": "/api/auth.test",
            "read_only": True,
            # Slack answers a dead token with 200.
            "response_rules": {
                "success": {"body": [{"path": "$.ok", "op": "equals", "value": True}]},
                "badCredential": {
                    "body": [{"path": "$.error", "op": "in", "value": ["invalid_auth"]}]
                },
            },
        },
        accounts=(
            Account(name="Team chat", latency_ms=120),
            Account(name="Support chat", latency_ms=130, behaviour="unauthorized", since=6 * HOUR),
        ),
    ),
    Api(
        slug="github",
        name="GitHub",
        auth={"type": "bearer"},
        action={
            "name": "Authenticated user",
            "path": "/user",
            "response_rules": {"success": {"body": [{"path": "$.login", "op": "exists"}]}},
        },
        accounts=(
            Account(
                name="Source code",
                latency_ms=150,
                behaviour="expiring",
                expires_in=50 * MINUTE,
            ),
            Account(name="Mirror", latency_ms=340, behaviour="slow", since=30 * HOUR),
        ),
        outages=(Outage(ago=5 * DAY + 7 * HOUR, length=75 * MINUTE, behaviour=_CHANGED),),
    ),
    Api(
        slug="billing-api",
        name="Billing API",
        auth={"type": "api_key_header", "header": "X-Api-Key"},
        action={"name": "Ping", "path": "/v1/ping"},
        accounts=(
            Account(name="Invoices", latency_ms=90, behaviour="broken", since=95 * MINUTE),
            Account(name="Invoices, standby", latency_ms=95),
        ),
        outages=(
            Outage(ago=6 * DAY + 4 * HOUR, length=40 * MINUTE, behaviour=PRESETS["hanging"]),
            Outage(ago=2 * DAY + 9 * HOUR, length=12 * MINUTE, behaviour=_NOT_FOUND),
        ),
    ),
    Api(
        slug="warehouse-api",
        name="Warehouse API",
        action={"name": "Stock levels", "path": "/stock"},
        accounts=(
            Account(name="Stock levels", latency_ms=420, behaviour="hanging", since=4 * HOUR),
        ),
        outages=(Outage(ago=4 * DAY, length=18 * MINUTE, behaviour=DOWN),),
    ),
)
