"""Each provider's answers, played through the real probe against one simulated provider.

The answers are data: `answers/SLUG.toml` has a table for each case, and `[[others]]` for what is
peculiar to a provider, each with what is to be made of it.
"""

import asyncio
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from connections.calls import build_request
from connections.encryption import Secret
from demo.behaviour import Behaviour
from demo.provider import SimulatedProvider
from egress.addresses import AddressPolicy
from egress.probing import Prober
from healthchecks.evaluation import Call
from healthchecks.preparation import Job
from healthchecks.probe import probe
from integrations.auth import secret_fields
from integrations.catalogue import Provider, Way, providers
from integrations.models import Action, Integration
from tests.healthchecks.jobs import make_job
from tests.providers.table import CASES

ANSWERS = Path(__file__).parent / "answers"
WAIT = 7  # seconds that each rate-limited answer asks for
POLICY = AddressPolicy(allowed_networks=(ip_network("127.0.0.0/8"),))
AT_ONCE = 20


@dataclass(frozen=True, kw_only=True)
class Case:
    """An answer of a provider: `way` is the title of the way to authenticate, None the default."""

    name: str
    expect: str
    status: int
    body: str = ""
    headers: Mapping[str, str]
    way: str | None = None


REQUIRED = set(CASES) - {"limited"}  # some providers have no such answer


def has_cases(slug: str) -> bool:
    return (ANSWERS / f"{slug}.toml").exists()


def cases_of(slug: str) -> list[Case]:
    tables = tomllib.loads((ANSWERS / f"{slug}.toml").read_text())
    others = [Case(**{"headers": {}} | other) for other in tables.pop("others", [])]
    return [
        Case(name=name, expect=CASES[name][0], **_defaults(name) | table)
        for name, table in tables.items()
    ] + others


def _defaults(name: str) -> dict[str, Any]:
    headers = {"Retry-After": str(WAIT)} if name == "rate_limited" else {}
    return {"status": CASES[name][1], "headers": headers}


def play() -> dict[tuple[str, str], Call | None]:
    """Return what the probe makes of each provider's cases, by slug and the case's name."""
    with SimulatedProvider.in_thread() as simulated:
        return asyncio.run(_play_all(simulated))


async def _play_all(simulated: SimulatedProvider) -> dict[tuple[str, str], Call | None]:
    places = asyncio.Semaphore(AT_ONCE)

    async def play_one(job: Job) -> Call | None:
        async with places:
            return (await probe(job, prober)).call

    jobs = {
        (slug, case.name): _job(simulated, f"{slug}-{number}", provider, case)
        for slug, provider in providers().items()
        if has_cases(slug)
        for number, case in enumerate(cases_of(slug))
    }
    async with Prober(POLICY) as prober:
        calls = await asyncio.gather(*map(play_one, jobs.values()))
    return dict(zip(jobs, calls, strict=True))


def _job(simulated: SimulatedProvider, account: str, provider: Provider, case: Case) -> Job:
    headers = tuple(case.headers.items())
    answer = Behaviour(status=case.status, body=case.body.encode(), headers=headers)
    simulated.set(account, answer)
    way = next(way for way in provider.ways if case.way in {None, way.title})
    fields = provider.defaults(way) | {"base_url": simulated.url(account)}
    integration = Integration(**fields, timeout_ms=10_000)
    action = Action(**way.test_action)
    variables = dict.fromkeys(way.variables, "acme")
    return make_job(
        rules=action.rules,
        request=build_request(integration, action, variables, _secret(way)),
    )


def _secret(way: Way) -> Secret | None:
    if way.auth["type"] == "oauth2":
        return Secret({"accessToken": "t0ken"})
    return Secret({field.name: "t0ken" for field in secret_fields(way.auth)})
