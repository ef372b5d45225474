"""The sockets that the supervisor binds and hands to its children, so that no port is raced for."""

import errno
import http.client
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager

from healthcheck_project.environment import Launch
from healthcheck_project.faults import StartFault

BACKLOG = 1024  # connections that wait while the web starts again
PROBE_SECONDS = 2.0
MOST_SILENCE = 10  # seconds until the next byte of a request
MOST_UNREAD = 30  # seconds until the next byte of an answer is taken
LOOPBACK_OF_ANY = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - where it then answers


@contextmanager
def listen_for_web(launch: Launch) -> Iterator[socket.socket]:
    """Raises StartFault when the port is taken or the address is not this machine's."""
    family = socket.AF_INET6 if ":" in launch.host else socket.AF_INET
    try:
        listener = socket.create_server((launch.host, launch.port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise StartFault(_why_not(error, launch)) from None
    with listener:
        _give_up_on_the_silent(listener)
        yield listener


@contextmanager
def listen_for_demo(*, wanted: bool) -> Iterator[socket.socket | None]:
    """Any free port of loopback."""
    if not wanted:
        yield None
        return
    with socket.create_server(("127.0.0.1", 0), backlog=BACKLOG) as listener:
        yield listener


def answers(host: str, port: int) -> bool:
    """Whether the web process is alive."""
    connection = http.client.HTTPConnection(
        LOOPBACK_OF_ANY.get(host, host), port, timeout=PROBE_SECONDS
    )
    try:
        connection.request("GET", "/livez")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _give_up_on_the_silent(listener: socket.socket) -> None:
    """Let no client hold a thread by saying nothing, or by reading nothing.

    Connections inherit it. Who keeps saying a little is for a proxy in front that buffers.
    """
    limits = {socket.SO_RCVTIMEO: MOST_SILENCE, socket.SO_SNDTIMEO: MOST_UNREAD}
    for option, seconds in limits.items():
        listener.setsockopt(socket.SOL_SOCKET, option, struct.pack("ll", seconds, 0))


def _why_not(error: OSError, launch: Launch) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {launch.port} of {launch.host} is in use: set PORT to a free one"
    if error.errno == errno.EACCES:
        return f"Port {launch.port} is for root only: set PORT to one above 1023"
    return f"{launch.host} is no address of this machine: correct HOST"
