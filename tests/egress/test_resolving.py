"""Look-ups: bounded, shared between probes, and never remembered when they fail."""

from __future__ import annotations

import asyncio
from time import monotonic

import pytest

from egress.failures import EgressError, TransportError
from egress.resolving import REMEMBERED_SECONDS, AiodnsResolver, BlockingResolver, SharedLookups
from tests.egress.servers import Names


@pytest.fixture
def names() -> Names:
    return Names(["8.8.8.8"], ["9.9.9.9"])


async def test_probes_to_one_host_share_a_look_up(names: Names) -> None:
    shared = SharedLookups(names)

    found = await asyncio.gather(*(shared.lookup("api.test") for _ in range(5)))
    found.append(await shared.lookup("api.test"))

    assert found == [["8.8.8.8"]] * 6
    assert names.asked == ["api.test"]


async def test_a_look_up_is_soon_asked_again(names: Names, monkeypatch: pytest.MonkeyPatch) -> None:
    shared = SharedLookups(names)
    await shared.lookup("api.test")

    later = monotonic() + REMEMBERED_SECONDS
    monkeypatch.setattr("egress.resolving.monotonic", lambda: later)

    assert await shared.lookup("api.test") == ["9.9.9.9"]


async def test_a_failed_look_up_is_not_remembered() -> None:
    shared = SharedLookups(Names([], ["8.8.8.8"]))

    with pytest.raises(EgressError) as failed:
        await shared.lookup("api.test")

    assert failed.value.code is TransportError.DNS_FAILURE
    assert await shared.lookup("api.test") == ["8.8.8.8"]


async def test_a_probe_that_gives_up_leaves_the_look_up_to_the_others() -> None:
    class Slow(Names):
        async def lookup(self, host: str) -> list[str]:
            await asyncio.sleep(0.05)
            return ["8.8.8.8"]

    shared = SharedLookups(Slow())
    first = asyncio.create_task(shared.lookup("api.test"))
    second = asyncio.create_task(shared.lookup("api.test"))
    await asyncio.sleep(0)
    first.cancel()

    assert await second == ["8.8.8.8"]


async def test_the_machines_resolver_reads_the_hosts_file() -> None:
    resolver = AiodnsResolver()

    assert "127.0.0.1" in await resolver.lookup("localhost")
    with pytest.raises(EgressError):
        await resolver.lookup("a..b")
    await resolver.close()


def test_the_blocking_resolver_reads_the_hosts_file() -> None:
    resolver = BlockingResolver()

    assert "127.0.0.1" in resolver("localhost", 5)
    with pytest.raises(EgressError):
        resolver("a..b", 5)
    resolver.close()
