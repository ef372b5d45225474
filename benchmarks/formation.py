"""Vitals as `bin/run` starts it, over a database of the benchmark's own, and a provider."""

import json
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from urllib.request import Request, urlopen

import psutil

from healthcheck_project import formation
from healthcheck_project.environment import read_launch
from healthcheck_project.processes import Child, Command, stop_together
from healthchecks import live
from healthchecks.statements import fetch

STOP_SECONDS = 30


@dataclass(frozen=True, kw_only=True)
class Provider:
    """The simulated provider, in a process of its own."""

    url: str
    child: Child

    def set(self, account: str, **behaviour: object) -> None:
        self._call("PUT", f"/_control/{account}", behaviour)

    def count(self) -> int:
        """Return how many requests have arrived."""
        total: int = self._call("GET", "/_control/counts")["total"]
        return total

    def _call(self, method: str, path: str, body: object = None) -> dict[str, int]:
        data = None if body is None else json.dumps(body).encode()
        request = Request(self.url + path, data=data, method=method)  # noqa: S310 - loopback
        with urlopen(request, timeout=10) as answer:  # noqa: S310 - as above
            return json.loads(answer.read() or b"{}")  # type: ignore[no-any-return]


@contextmanager
def provider() -> Iterator[Provider]:
    """Run a simulated provider on a free port of the loopback."""
    with socket.create_server(("127.0.0.1", 0), backlog=8192) as listener:
        fd = listener.fileno()
        child = Child(
            Command(
                name="provider",
                argv=(sys.executable, "manage.py", "simulate_provider"),
                env=os.environ | {"DEMO_PROVIDER_FD": str(fd)},
                fds=(fd,),
            )
        )
        running = Provider(url=f"http://127.0.0.1:{listener.getsockname()[1]}", child=child)
        try:
            running.count()  # the socket listens already: this waits for the first answer
            yield running
        finally:
            stop_together([child], STOP_SECONDS)


@contextmanager
def workers(count: int) -> Iterator[list[Child]]:
    """Run `count` probe workers, the manual worker and beat."""
    with socket.socket() as unused:
        launch = replace(read_launch(), workers=count)
        plan = formation.plan(launch, os.environ, unused, None)
    commands = [command for command in plan.processes if command.name != formation.WEB]
    children = [Child(command) for command in commands]
    try:
        yield children
    finally:
        stop_together(children, STOP_SECONDS)


@contextmanager
def web() -> Iterator[str]:
    """Run the web process; yield its address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        # As gunicorn does; here somebody may be connected before that.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        plan = formation.plan(read_launch(), os.environ, listener, None)
        child = Child(next(c for c in plan.processes if c.name == formation.WEB))
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            stop_together([child], STOP_SECONDS)


def server_pids() -> dict[str, int]:
    """Return the processes of PostgreSQL (its postmaster) and Valkey."""
    backend = fetch("SELECT pg_backend_pid()")[0][0]
    return {
        "PostgreSQL": psutil.Process(backend).ppid(),
        "Valkey": live.client().info("server")["process_id"],
    }
