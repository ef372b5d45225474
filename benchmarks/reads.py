"""What a dashboard reads: one tenant with 10,000 connections, checked every 15 minutes for 7 days.

Over HTTP from a real web process. The same with a hundredth of the connections stands beside it:
a read must not grow with what lies around it.
"""

import datetime as dt
import random
import statistics
import sys
import time
from collections.abc import Mapping
from contextlib import closing
from http.client import HTTPConnection
from urllib.parse import urlsplit
from uuid import UUID

from benchmarks.machine import Figure, begin_over_a_past

DAYS = 7
INTERVAL = dt.timedelta(minutes=15)
RUNS = 200  # of each read
WARM_UPS = 10
MOST_GROWTH = 1.5  # times the figure of a hundredth
# A read's path, and the p95 that it may take in milliseconds.
READS = {
    "summary": ("health-checks/summary", 60),
    "list": ("connections?limit=50", 60),
    "detail": ("connections/{connection}", 40),
    "history page": ("connections/{connection}/health-checks?limit=50", 25),
    "latency of 7 days": ("connections/{connection}/latency?window=7d", 60),
    "uptime": ("connections/{connection}/uptime", None),
    "failures": ("connections/{connection}/failures?window=7d", None),
}


def main(arguments: list[str]) -> bool:
    connections = begin_over_a_past("reads", __doc__, arguments)

    from tenants.ownership import as_owner
    from tenants.row_security import act_for_all_tenants

    act_for_all_tenants()
    with as_owner():
        few = measure(max(1, connections // 100))
        many = measure(connections)
    figures = [figure for name in READS for figure in _figures(name, few[name], many[name])]
    for figure in figures:
        sys.stdout.write(f"{figure}\n")
    return all(figure.met for figure in figures)


def measure(connections: int) -> Mapping[str, list[float]]:
    """Return the milliseconds that each run of each read took."""
    from benchmarks import past  # Django is not set up before
    from benchmarks.formation import web

    began = time.monotonic()
    key, ids = past.live_through(connections, days=DAYS, interval=INTERVAL)
    took = time.monotonic() - began
    sys.stdout.write(f"{connections:,} connections and their past made in {took:.0f} s\n")
    with web() as url, closing(HTTPConnection(urlsplit(url).netloc, timeout=60)) as session:

        def read(path: str, connection: UUID) -> float:
            return _milliseconds(session, path.format(connection=connection), key)

        return {
            name: [read(path, random.choice(ids)) for _ in range(RUNS)]  # noqa: S311 - any will do
            for name, (path, _) in READS.items()
            for _warm in [[read(path, ids[0]) for _ in range(WARM_UPS)]]
        }


def _milliseconds(session: HTTPConnection, path: str, key: str) -> float:
    """Read a path of the API; return how long that took."""
    began = time.perf_counter()
    session.request("GET", f"/api/v1/{path}", headers={"Authorization": f"Bearer {key}"})
    answer = session.getresponse()
    body = answer.read()
    took = 1000 * (time.perf_counter() - began)
    if answer.status != 200:
        raise SystemExit(f"{path} answered {answer.status}: {body[:200]!r}")
    return took


def _figures(name: str, few: list[float], many: list[float]) -> list[Figure]:
    p95 = statistics.quantiles(many, n=20)[-1]
    median, growth = statistics.median(many), statistics.median(many) / statistics.median(few)
    return [
        Figure(name=f"{name}, p95", value=p95, unit="ms", target=READS[name][1], at_least=False),
        Figure(name=f"{name}, median", value=median, unit="ms"),
        Figure(
            name=f"{name}, median of a hundredth",
            value=growth,
            unit="x",
            target=MOST_GROWTH,
            at_least=False,
        ),
    ]
