"""The command serves the simulated provider as a process of its own."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from demo.provider import adopt, listen
from tests.demo.client import ENOUGH, ask, connected, hello

REPOSITORY = Path(__file__).parents[2]
COMMAND = (
    "import sys; from django.conf import settings; settings.configure(INSTALLED_APPS=['demo']);"
    "from django.core.management import execute_from_command_line as run;"
    "run(['manage', 'simulate_provider', *sys.argv[1:]])"
)


def start(
    *arguments: str, environment: dict[str, str] | None = None, inherited: tuple[int, ...] = ()
) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", COMMAND, *arguments],
        cwd=REPOSITORY,
        env=os.environ | (environment or {}),
        pass_fds=inherited,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@contextmanager
def running(process: "subprocess.Popen[str]") -> Iterator[int]:
    """Yield the port that the process announces; the process ends with the block."""
    with process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line.startswith("simulated provider ready at http://127.0.0.1:"), line
            yield int(line.rsplit(":", 1)[1])
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_command_serves_until_it_is_told_to_stop(number: signal.Signals) -> None:
    process = start("--port", "0")
    with running(process) as port, connected(port) as hanging:
        hanging.sendall(hello("hanging"))
        assert ask(port, "/fine/me")[0] == 200
        process.send_signal(number)
        assert process.wait(ENOUGH) == 0
        assert process.stderr is not None
        assert process.stderr.read() == ""


def test_the_command_takes_over_an_inherited_socket() -> None:
    with listen(0) as listener:
        descriptor = listener.fileno()
        process = start(environment={"DEMO_PROVIDER_FD": str(descriptor)}, inherited=(descriptor,))
        with running(process) as port:
            assert port == listener.getsockname()[1]
            assert ask(port, "/unauthorized/me")[0] == 401


def test_a_socket_that_does_not_listen_is_not_taken_over() -> None:
    with socket.socket() as unbound, pytest.raises(OSError, match="not listening"):
        adopt(unbound.fileno())


def test_a_busy_port_ends_in_one_clear_line() -> None:
    with listen(0) as listener:
        port = listener.getsockname()[1]
        _, errors = start(environment={"DEMO_PROVIDER_PORT": str(port)}).communicate(timeout=30)
    assert errors.startswith(f"CommandError: Port {port} of 127.0.0.1 cannot be used")
    assert errors.count("\n") == 1


@pytest.mark.parametrize(
    ("variable", "value", "complaint"),
    [
        ("DEMO_PROVIDER_PORT", "eighty", "DEMO_PROVIDER_PORT must be a whole number"),
        ("DEMO_PROVIDER_PORT", "70000", "Port 70000 of 127.0.0.1 cannot be used"),
        ("DEMO_PROVIDER_FD", "-1", "DEMO_PROVIDER_FD must be a whole number"),
        ("DEMO_PROVIDER_FD", "999", "DEMO_PROVIDER_FD=999 is not an inherited listening socket"),
    ],
)
def test_a_wrong_environment_ends_in_one_clear_line(
    variable: str, value: str, complaint: str
) -> None:
    process = start(environment={variable: value})
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 1
    assert errors.startswith(f"CommandError: {complaint}")
    assert errors.count("\n") == 1
