"""Whatever a host sends, neither client grows by ten megabytes."""

from __future__ import annotations

import json
import subprocess
import sys
import zlib
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.egress.servers import Script, answer, flooding, serving_in_thread

MEGABYTE = 1024 * 1024
LIMIT_KIB = 10 * 1024
ROOT = Path(__file__).parents[2]

PROBER = """
import asyncio, json, resource, sys
from ipaddress import ip_network
from egress.addresses import AddressPolicy
from egress.probing import Prober, ProbeRequest

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

async def main(calm, *hostile):
    async with Prober(AddressPolicy(allowed_networks=(ip_network("127.0.0.0/8"),))) as prober:
        async def send(url):
            await prober.send(ProbeRequest(method="GET", url=url, headers={}, deadline=1))
        await send(calm)
        before = peak()
        for url in hostile:
            await send(url)
            print(json.dumps([url, peak() - before]))

asyncio.run(main(*sys.argv[1:]))
"""

SESSION = """
import json, resource, sys
from ipaddress import ip_network
from egress.addresses import AddressPolicy
from egress.failures import EgressError
from egress.session import GuardedSession

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

def main(calm, *hostile):
    session = GuardedSession(AddressPolicy(allowed_networks=(ip_network("127.0.0.0/8"),)))
    session.fetch("GET", calm)
    before = peak()
    for url in hostile:
        for call in (session.fetch, session.request):
            try:
                call("GET", url)
            except EgressError:
                pass
        print(json.dumps([url, peak() - before]))

main(*sys.argv[1:])
"""


def gzip_bomb() -> bytes:
    """200 MB of zeros in about 200 kB."""
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    zeros = bytes(MEGABYTE)
    return b"".join(packer.compress(zeros) for _ in range(200)) + packer.flush()


HOSTILE: dict[str, Script] = {
    "gzip bomb": answer(gzip_bomb(), "Content-Encoding: gzip"),
    "endless body": flooding(b"HTTP/1.1 200 OK\r\n\r\n", bytes(65536)),
    "one huge chunk": flooding(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7fffffff\r\n", bytes(65536)
    ),
    "endless chunk extension": flooding(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;", b"x" * 65536
    ),
    "redirect with a body": flooding(
        b"HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 100000000\r\n\r\n", bytes(65536)
    ),
    "2 MB of headers": answer(b"", *(f"X-{n}: {'a' * 1000}" for n in range(2000))),
    "endless header line": flooding(b"HTTP/1.1 200 OK\r\nX: ", b"x" * 65536),
    "flood of 100": flooding(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 5000),
}


@pytest.mark.parametrize("client", [PROBER, SESSION], ids=["prober", "session"])
def test_a_hostile_answer_costs_little_memory(client: str) -> None:
    with ExitStack() as servers:
        calm = servers.enter_context(serving_in_thread(answer(b"ok")))
        urls = {
            servers.enter_context(serving_in_thread(script)).url: name
            for name, script in HOSTILE.items()
        }
        child = subprocess.run(
            [sys.executable, "-c", client, calm.url, *urls],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )

    assert child.returncode == 0, child.stderr
    growth = {urls[url]: kib for url, kib in map(json.loads, child.stdout.splitlines())}
    assert growth.keys() == HOSTILE.keys()
    assert max(growth.values()) < LIMIT_KIB, growth
