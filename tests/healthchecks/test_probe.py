"""From a job to what was seen: at most one call, and a remote failure never raises."""

from ipaddress import ip_network
from typing import Any

import pytest

from connections.status import CredentialState
from demo.behaviour import Behaviour
from demo.provider import SimulatedProvider
from egress.addresses import AddressPolicy
from egress.answers import NoAnswer, ProbeRequest
from egress.failures import TransportError
from egress.limits import Allowance
from egress.probing import Prober
from healthchecks.evaluation import CallResult
from healthchecks.preparation import Job
from healthchecks.probe import probe
from integrations.response_rules import ResponseRules
from tests.healthchecks.jobs import make_job

POLICY = AddressPolicy(allowed_networks=(ip_network("127.0.0.0/8"),))


@pytest.fixture
def provider() -> Any:
    with SimulatedProvider.in_thread() as running:
        yield running


def job(url: str, **changes: Any) -> Job:
    request = ProbeRequest(method="GET", url=url, headers={}, deadline=2)
    return make_job(**{"rules": ResponseRules(), "request": request} | changes)


async def test_an_answer_is_seen_with_its_status_and_latency(provider: SimulatedProvider) -> None:
    provider.set("acme", Behaviour(delay=0.05))
    async with Prober(POLICY) as prober:
        seen = await probe(job(f"{provider.url('acme')}/me"), prober)
    assert seen.call is not None
    assert (seen.call.result, seen.call.status_code) == (CallResult.PASSED, 200)
    assert seen.call.latency_ms is not None
    assert 50 <= seen.call.latency_ms <= seen.latency_ms + 1
    assert provider.count("acme") == 1


async def test_a_failure_is_not_tried_again(provider: SimulatedProvider) -> None:
    provider.set("acme", Behaviour(status=503))
    async with Prober(POLICY) as prober:
        seen = await probe(job(f"{provider.url('acme')}/me"), prober)
    assert seen.call is not None
    assert (seen.call.cause, seen.call.error_code) == ("provider", "http_503")
    assert provider.count("acme") == 1


async def test_a_blocked_address_is_the_configurations_fault(provider: SimulatedProvider) -> None:
    async with Prober(AddressPolicy()) as prober:
        seen = await probe(job(f"{provider.url('acme')}/me"), prober)
    assert seen.call is not None
    assert (seen.call.cause, seen.call.error_code) == ("configuration", "blocked_address")
    assert provider.connections == 0


async def test_without_a_request_no_call_is_made() -> None:
    async with Prober(POLICY) as prober:
        seen = await probe(job("", request=None, credential=CredentialState.EXPIRED), prober)
    assert (seen.call, seen.credential, seen.broken) == (None, CredentialState.EXPIRED, False)


async def test_an_unfilled_parameter_makes_no_call() -> None:
    async with Prober(POLICY) as prober:
        seen = await probe(job("", request=None, unfilled=True), prober)
    assert seen.call is not None
    assert seen.call.error_code == "parameter_missing"


class _Broken:
    """A client that fails in a way of its own."""

    def __init__(self, failure: Any) -> None:
        self.failure = failure

    async def send(self, _: ProbeRequest) -> Any:
        if isinstance(self.failure, Exception):
            raise self.failure
        return self.failure


@pytest.mark.parametrize(
    "failure",
    [ValueError("canary"), NoAnswer(code=TransportError.INTERNAL, latency_ms=1)],
    ids=["a defect", "no descriptors left"],
)
async def test_our_own_fault_is_nobodys_failure(
    failure: Any, caplog: pytest.LogCaptureFixture
) -> None:
    client: Any = _Broken(failure)
    seen = await probe(job("http://127.0.0.1/"), client)
    assert (seen.broken, seen.call) == (True, None)
    assert "canary" not in caplog.text


@pytest.mark.parametrize(
    ("status", "allowance", "retry_after"),
    [(200, Allowance(remaining=0, resets_in=90), None), (429, None, 90)],
)
async def test_what_an_answer_tells_of_limits_is_seen(
    provider: SimulatedProvider, status: int, allowance: Allowance | None, retry_after: float | None
) -> None:
    headers = (("X-RateLimit-Remaining", "0"), ("X-RateLimit-Reset", "90"))
    provider.set("acme", Behaviour(status=status, headers=headers))
    async with Prober(POLICY) as prober:
        seen = await probe(job(f"{provider.url('acme')}/me"), prober)
    assert seen.call is not None
    assert (seen.call.allowance, seen.call.retry_after) == (allowance, retry_after)
