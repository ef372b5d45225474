"""20,000 connections fall due at once; the provider answers after 100 ms; every part is real.

The bare loop beside it makes the same calls with the same client, in the same number of
processes, without Celery, Redis or PostgreSQL: what is lost between the two is what it costs to
know the result.
"""

import argparse
import asyncio
import datetime as dt
import multiprocessing
import os
import sys
import time
from dataclasses import dataclass
from ipaddress import ip_network

import django
import uvloop

from benchmarks.machine import Figure, cpu_seconds, describe
from egress.addresses import AddressPolicy
from egress.answers import ProbeRequest
from egress.probing import Prober

PATIENCE = 180  # seconds until a run is given up
LOOK = 0.1  # seconds between looks at how far it is


def main(arguments: list[str]) -> bool:
    parser = argparse.ArgumentParser(prog="bin/bench probes", description=__doc__)
    parser.add_argument("--connections", type=int, default=20_000)
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    options = parser.parse_args(arguments)
    os.environ["DJANGO_SETTINGS_MODULE"] = "healthcheck_project.settings"
    django.setup()
    sys.stdout.write(f"{describe()}\n")

    from benchmarks.formation import provider
    from tenants.ownership import as_owner
    from tenants.row_security import act_for_all_tenants

    act_for_all_tenants()
    with as_owner(), provider() as running:
        running.set("bench", delay=0.1)
        url = f"{running.url}/bench"
        bare = bare_loop(url, options.connections, options.workers)
        run = whole_way(url, options.connections, options.workers)
    rate, spent = options.connections / run.seconds, run.cpu_seconds
    figures = [
        Figure(name="the bare loop", value=bare, unit="probes/s"),
        Figure(name="the whole way", value=rate, unit="probes/s", target=1_500),
        Figure(name="... of the bare loop", value=rate / bare, unit="", target=0.5),
        Figure(name="until the tick that found them", value=run.seconds_to_tick, unit="s"),
        *(
            Figure(name=f"CPU of {name}", value=1000 * cpu / options.connections, unit="ms/probe")
            for name, cpu in spent.items()
        ),
        Figure(
            name="CPU of all processes together",
            value=1000 * sum(spent.values()) / options.connections,
            unit="ms/probe",
            target=1.2,
            at_least=False,
        ),
    ]
    for figure in figures:
        sys.stdout.write(f"{figure}\n")
    return all(figure.met for figure in figures)


def bare_loop(url: str, calls: int, processes: int) -> float:
    """Return the calls a second that the egress client makes by itself."""
    context = multiprocessing.get_context("spawn")
    share = calls // processes
    with context.Pool(processes) as pool:
        pool.starmap(_call_many, [(url, 100)] * processes)  # imports and first connections
        began = time.monotonic()
        pool.starmap(_call_many, [(url, share)] * processes, chunksize=1)
        return share * processes / (time.monotonic() - began)


def _call_many(url: str, calls: int) -> None:
    uvloop.run(_call_all(url, calls))


async def _call_all(url: str, calls: int) -> None:
    policy = AddressPolicy(allowed_networks=(ip_network("127.0.0.0/8"),))
    window = asyncio.Semaphore(4_000)  # as wide as a worker's
    async with Prober(policy) as prober:

        async def call(number: int) -> None:
            async with window:
                headers = {"Authorization": f"Bearer token-{number}"}
                await prober.send(
                    ProbeRequest(method="GET", url=f"{url}/me", headers=headers, deadline=10)
                )

        await asyncio.gather(*(call(number) for number in range(calls)))


@dataclass(frozen=True, kw_only=True)
class Run:
    """`seconds` are from the tick that found the due connections to the last row."""

    seconds: float
    seconds_to_tick: float
    cpu_seconds: dict[str, float]


def whole_way(url: str, connections: int, processes: int) -> Run:
    """Check the connections as Vitals does, with all its processes."""
    from benchmarks import population  # Django is not set up before
    from benchmarks.formation import server_pids, workers

    population.empty_database()
    population.populate(url, connections, interval=dt.timedelta(minutes=15))
    with workers(processes) as children:
        wait_for_first_tick()
        pids = {child.name: child.pid for child in children} | server_pids()
        before, began = cpu_seconds(pids), time.monotonic()
        population.bring_due()
        while population.left_to_check():
            if time.monotonic() - began > PATIENCE:
                raise SystemExit(f"{population.left_to_check()} are unchecked: given up")
            time.sleep(LOOK)
        whole, after = time.monotonic() - began, cpu_seconds(pids)
        seconds = population.seconds_from_tick_to_last_row()
        return Run(
            seconds=seconds,
            seconds_to_tick=whole - seconds,
            cpu_seconds={name: after[name] - before[name] for name in pids},
        )


def wait_for_first_tick() -> None:
    """Wait until beat and the workers are up."""
    from healthchecks.models import DispatchState

    until = time.monotonic() + PATIENCE
    while not DispatchState.objects.filter(last_tick_at__isnull=False).exists():
        if time.monotonic() > until:
            raise SystemExit("No dispatch came: see the lines above")
        time.sleep(LOOK)
