"""Run the simulated third-party provider of the demo and the benchmarks as a process."""

import os
import socket
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from demo.provider import adopt, listen, serve


class Command(BaseCommand):
    """Serve until SIGTERM or SIGINT; one line on standard output says that it is ready."""

    help = "Runs a simulated third-party API on loopback, for the demo and the benchmarks."
    requires_system_checks: list[str] = []  # noqa: RUF012 - the declaration is Django's

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the port; an inherited socket comes by environment only."""
        parser.add_argument(
            "--port",
            type=int,
            help="port on 127.0.0.1; default: DEMO_PROVIDER_PORT, else any free one. "
            "Without it, DEMO_PROVIDER_FD names an inherited listening socket to use instead.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Open or take over the socket and serve."""
        serve(_listener(options["port"]), ready=self._announce)

    def _announce(self, url: str) -> None:
        self.stdout.write(f"simulated provider ready at {url}")
        self.stdout.flush()


def _listener(port: int | None) -> socket.socket:
    descriptor = _number("DEMO_PROVIDER_FD")
    if port is None and descriptor is not None:
        return _inherited(descriptor)
    if port is None:
        port = _number("DEMO_PROVIDER_PORT") or 0
    try:
        return listen(port)
    except (OSError, OverflowError) as error:
        raise CommandError(
            f"Port {port} of 127.0.0.1 cannot be used ({error}). Free it or choose another."
        ) from error


def _inherited(descriptor: int) -> socket.socket:
    try:
        return adopt(descriptor)
    except OSError as error:
        raise CommandError(
            f"DEMO_PROVIDER_FD={descriptor} is not an inherited listening socket. Unset it."
        ) from error


def _number(variable: str) -> int | None:
    text = os.environ.get(variable, "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit()):
        raise CommandError(f"{variable} must be a whole number, not {text!r}.")
    return int(text)
