"""Both servers together: started, shared with whoever comes later, stopped."""

import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from healthcheck_project.embedded import postgresql, valkey
from healthcheck_project.embedded.data_folder import DataFolder, write_privately
from healthcheck_project.embedded.postgresql import PostgreSQL
from healthcheck_project.embedded.valkey import Valkey
from healthcheck_project.environment import Launch
from healthcheck_project.faults import StartFault
from healthcheck_project.processes import POLL_SECONDS, Child, stop_together

STOP_SECONDS = 30.0  # PostgreSQL writes everything out first
JOIN_SECONDS = 150.0  # as long as the other one's start may take

Progress = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Servers:
    """What processes need in their environment to use the servers.

    `children` are those that run here, in the order of their start; `created` says whether the
    database was made just now, so that nothing is in it.
    """

    env: dict[str, str] = field(repr=False)
    children: tuple[Child, ...] = ()
    created: bool = False


@contextmanager
def own_folder(launch: Launch) -> Iterator[DataFolder | None]:
    """The data folder, ours alone; None where no server is started here. Raises StartFault."""
    if launch.database_url and launch.redis_url:
        yield None
        return
    folder = DataFolder(launch.data_dir)
    folder.prepare()
    with folder.lock("run", fcntl.LOCK_EX) as ours:
        if not ours:
            raise StartFault(
                f"The data folder {folder.path} is in use by another run: "
                "stop that one, or set DATA_DIR (and PORT) for this one"
            )
        yield folder


@contextmanager
def serve(
    launch: Launch, folder: DataFolder | None, *, throwaway: bool = False, progress: Progress
) -> Iterator[Servers]:
    """The servers that the environment does not name, until the end of the block.

    Raises StartFault. They are stopped in the reverse order of their start.
    """
    if folder is None:
        yield Servers(env=dict(os.environ))
        return
    running: list[PostgreSQL | Valkey] = []
    note = _note(folder)
    note.unlink(missing_ok=True)
    try:
        env, created = _start(launch, folder, running, throwaway, progress)
        write_privately(note, json.dumps(env))
        children = tuple(server.child for server in running)
        yield Servers(env=os.environ | env, children=children, created=created)
    finally:
        note.unlink(missing_ok=True)
        for server in reversed(running):
            stop_together([server.child], STOP_SECONDS)
            with suppress(OSError):  # a killed server leaves its socket in it
                server.sockets.rmdir()


def _start(
    launch: Launch,
    folder: DataFolder,
    running: list[PostgreSQL | Valkey],
    throwaway: bool,
    progress: Progress,
) -> tuple[dict[str, str], bool]:
    """Adds to `running` what it starts; answers the variables, and whether the data are new."""
    env: dict[str, str] = {}
    created = False
    if not launch.database_url:
        database = postgresql.start(folder, throwaway=throwaway, progress=progress)
        running.append(database)
        created = database.created
        made = folder.keys()
        env |= {name: os.environ.get(name) or key for name, key in made.items()}
        env["DATABASE_URL"] = database.url
        env["MIGRATION_DATABASE_URL"] = database.owner_url
    if not launch.redis_url:
        broker = valkey.start(folder, throwaway=throwaway)
        running.append(broker)
        env["REDIS_URL"] = broker.url
    return env, created


@contextmanager
def serve_or_join(launch: Launch, *, progress: Progress) -> Iterator[Servers]:
    """The servers of a run that is under way, else our own until every guest has left, too."""
    if launch.database_url and launch.redis_url:
        yield Servers(env=dict(os.environ))
        return
    folder = DataFolder(launch.data_dir)
    folder.prepare()
    with ExitStack() as stack:
        if not _own_or_share(folder, stack):
            env = json.loads(_note(folder).read_text())
            for name in sorted(
                name for name in env if os.environ.get(name, env[name]) != env[name]
            ):
                progress(f"{name} is that of the run under way; stop it to use another")
            yield Servers(env=os.environ | env)
            return
        with serve(launch, folder, progress=progress) as servers:
            try:
                yield servers
            finally:
                stack.enter_context(_alone(folder))


def _own_or_share(folder: DataFolder, stack: ExitStack) -> bool:
    """True: the run's lock is ours. False: another's servers are up, and wait for us to leave."""
    deadline = time.monotonic() + JOIN_SECONDS
    while time.monotonic() < deadline:
        if stack.enter_context(folder.lock("run", fcntl.LOCK_EX)):
            return True
        if stack.enter_context(folder.lock("guests", fcntl.LOCK_SH)) and _note(folder).exists():
            return False
        stack.close()
        time.sleep(POLL_SECONDS)
    raise StartFault(f"Another run keeps the data folder {folder.path} and does not get ready")


@contextmanager
def _alone(folder: DataFolder) -> Iterator[None]:
    """Waits for the guests, and lets no new ones in."""
    while True:
        with folder.lock("guests", fcntl.LOCK_EX) as alone:
            if alone:
                yield
                return
        time.sleep(POLL_SECONDS)


def _note(folder: DataFolder) -> Path:
    """Tells guests the servers' addresses; it is there as long as the servers are."""
    return folder.path / "servers.json"
