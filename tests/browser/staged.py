"""What the demo lacks to show who is told of what: channels, maintenance and trouble.

Made over the API, as anybody would, and told by Vitals itself.
"""

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.request import Request, urlopen

from healthcheck_project.processes import wait_until

FAIL_TOGETHER = ("Sales chat", "Hiring chat", "Release chat", "Incident room")
TELLING_SECONDS = 60


@dataclass(frozen=True, kw_only=True)
class Api:
    url: str
    key: str

    def call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Return the `data` of the answer."""
        request = Request(  # noqa: S310 - the demo's own address
            f"{self.url}/api/v1{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"},
        )
        with urlopen(request) as answer:  # noqa: S310
            return json.load(answer)["data"]

    def ids(self, path: str) -> dict[str, str]:
        """Return the ids of what is there, by name."""
        return {row["name"]: row["id"] for row in self.call("GET", f"{path}?limit=100")}


def set_up(api: Api) -> None:
    """Let one connection fail alone and four at once, with channels that are told of it.

    Returns once the incident is open; the mail of the downtime comes two minutes later.
    """
    mail = {"kind": "email", "config": {"recipients": ["on-call@example.com"]}}
    night = {"start": "22:00", "end": "07:00", "timeZone": "Europe/Berlin"}
    api.call("POST", "/notification-channels", {"name": "On call", **mail, "reminderMinutes": 60})
    # A host that cannot exist: what a channel looks like that fails.
    hook = {"kind": "webhook", "config": {"url": "https://hooks.example.invalid/vitals"}}
    api.call("POST", "/notification-channels", {"name": "Status page", **hook})
    api.call("POST", "/notification-channels", {"name": "Team", **mail, "quietHours": night})
    integrations = api.ids("/integrations")
    _plan_maintenance(api, integrations)
    alone = api.ids("/connections")["QA workspace"]
    api.call("PATCH", f"/connections/{alone}", {"variables": {"account": "broken"}})
    for name in FAIL_TOGETHER:
        account = {"variables": {"account": "broken"}, "tags": ["demo"]}
        credential = {"type": "bearer", "secret": {"token": "demo-token"}}
        new = {"name": name, "integrationId": integrations["Slack"], "credential": credential}
        api.call("POST", "/connections", new | account)
    wait_until(
        lambda: bool(api.call("GET", "/incidents")),
        seconds=TELLING_SECONDS,
        otherwise="No incident opened",
    )


def _plan_maintenance(api: Api, integrations: Mapping[str, str]) -> None:
    now = dt.datetime.now(dt.UTC)
    at_nine = now.replace(hour=21, minute=0, second=0, microsecond=0)
    for name, starts_at, minutes, more in (
        ("Warehouse upgrade", now - dt.timedelta(minutes=10), 120, {"rrule": None}),
        ("Weekly release", at_nine, 90, {"rrule": "FREQ=WEEKLY;BYDAY=SU"}),
    ):
        window = {
            "name": name,
            "startsAt": starts_at.isoformat(),
            "durationMinutes": minutes,
            "timeZone": "Europe/Berlin",
            "integrationIds": [integrations["Warehouse API"]],
        }
        api.call("POST", "/maintenance-windows", window | more)
