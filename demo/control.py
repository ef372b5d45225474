"""Steering a simulated provider of another process, under `/_control`.

`PUT /_control/{account}` sets a behaviour (demo.behaviour.behaviour_from_json has the format),
`DELETE /_control` resets all, `GET /_control/counts` is cheap enough to poll and
`GET /_control/requests?account=` tells when the latest requests arrived.
"""

import json
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from demo.answers import render
from demo.behaviour import behaviour_from_json
from demo.request import Request
from demo.simulation import Simulation

ACCOUNT = "_control"  # the first path segment that no simulated account can have


def control(simulation: Simulation, request: Request) -> bytes:
    """Carry out a control request and return the answer to send."""
    try:
        status, document = _carry_out(simulation, request)
    except ValueError as error:
        status, document = 400, {"message": str(error)}
    return render(status, json.dumps(document).encode())


def _carry_out(simulation: Simulation, request: Request) -> tuple[int, dict[str, Any]]:
    match request.method, unquote(request.tail).strip("/"):
        case "DELETE", "":
            simulation.reset()
            return 200, {}
        case "GET", "counts":
            return 200, _counts(simulation)
        case "GET", "requests":
            return 200, _times(simulation, request)
        case "PUT", account if account and "/" not in account:
            simulation.set(account, behaviour_from_json(request.body))
            return 200, {}
    return 404, {"message": "no such control"}


def _counts(simulation: Simulation) -> dict[str, Any]:
    return {
        "total": simulation.count(),
        "connections": simulation.connections,
        "accounts": simulation.arrivals.counts,
    }


def _times(simulation: Simulation, request: Request) -> dict[str, Any]:
    account = parse_qs(urlsplit(request.path).query).get("account", [None])[0]
    return {
        "count": simulation.count(account),
        "maxPerSecond": simulation.max_per_second(account),
        "monotonic": simulation.arrivals.monotonic(account),
        "wall": simulation.arrivals.wall(account),
    }
