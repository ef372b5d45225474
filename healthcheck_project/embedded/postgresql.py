"""The embedded PostgreSQL: its programs, its first start and every later one."""

import os
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import psycopg2

from healthcheck_project.embedded.accounts import Place, find_place, socket_folder
from healthcheck_project.embedded.data_folder import DataFolder, write_privately
from healthcheck_project.embedded.programs import binaries_for
from healthcheck_project.faults import StartFault
from healthcheck_project.processes import POLL_SECONDS, Child, Command, tethered

NAME = "vitals"  # of the database, and of the role that owns everything in it
RUNTIME_ROLE = "vitals_runtime"  # the one that works with it, held back by row security
STALE_SECONDS = 10.0  # how long the remains of a killed server can be in a new one's way
START_SECONDS = 120.0  # replaying what a crash left can take a while
PASSWORD_BYTES = 24

TUNING = {
    "listen_addresses": "",  # the socket only: nothing else on this machine is touched
    "max_connections": "200",  # 32 web threads, and a dozen for each worker and command
    "shared_buffers": "256MB",  # a day of a busy installation's indexes
    "work_mem": "16MB",  # a batch's sorts and hashes stay in memory
    "maintenance_work_mem": "128MB",  # building the index of a new partition
    "max_wal_size": "2GB",  # a steady stream of rows, few checkpoints
    "checkpoint_timeout": "15min",
    "wal_compression": "on",  # most of what is logged are whole pages of one busy narrow table
    "random_page_cost": "1.1",  # no disk with heads
    "autovacuum_naptime": "15s",  # the narrow health rows are rewritten all the time
    "log_timezone": "UTC",
}
# For a database that is thrown away: nobody misses it after a crash.
THROWAWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass(frozen=True, kw_only=True)
class PostgreSQL:
    """A running server. `url` is the runtime role's, `owner_url` the owner's.

    `created` says whether its data were made just now.
    """

    child: Child
    sockets: Path
    url: str = field(repr=False)
    owner_url: str = field(repr=False)
    created: bool


def start(folder: DataFolder, *, throwaway: bool, progress: Callable[[str], None]) -> PostgreSQL:
    """A server that answers, with our database in it. Raises StartFault."""
    place = _place(folder.path / "postgresql")
    data = place.home / "data"
    password, runtime_password = (_password(place, name) for name in ("password", "runtime"))
    created = not data.exists()
    if created:
        progress("making a new database (once, a few seconds)")
        _make_data(place, data)
    sockets = socket_folder(place.home, "postgresql", place.account)
    host = f"{quote(str(sockets), safe='')}:5432"
    owner_url = f"postgresql://{NAME}:{password}@{host}/"
    command = _command(place, data, sockets, TUNING | (THROWAWAY if throwaway else {}))
    child = _start(command, owner_url + "postgres")
    _ensure_database(owner_url + "postgres", runtime_password)
    return PostgreSQL(
        child=child,
        sockets=sockets,
        url=f"postgresql://{RUNTIME_ROLE}:{runtime_password}@{host}/{NAME}",
        owner_url=owner_url + NAME,
        created=created,
    )


def _place(home: Path) -> Place:
    """Where the programs of the data's version run on them."""
    first_choice = binaries_for(home / "data")
    place = find_place(first_choice, home)
    binaries = binaries_for(place.home / "data")  # the place may be another one
    return place if binaries == first_choice else find_place(binaries, home)


def _password(place: Place, name: str) -> str:
    path = place.home / name
    if not path.exists():
        write_privately(path, secrets.token_urlsafe(PASSWORD_BYTES))
        os.chown(path, place.account.owner, -1)
    return path.read_text().strip()


def _make_data(place: Place, data: Path) -> None:
    """All or nothing: a start that was killed half-way leaves nothing that looks like data."""
    new = data.with_name("data.new")
    shutil.rmtree(new, ignore_errors=True)
    password_file = place.home / "password"
    argv = [str(place.binaries / "initdb"), "-D", str(new), "-U", NAME, "-A", "scram-sha-256"]
    argv += [f"--pwfile={password_file}", "--encoding=UTF8", "--locale=C", "--no-instructions"]
    answer = subprocess.run(  # noqa: S603 - our own program
        tethered(argv, place.account),
        capture_output=True,
        text=True,
        cwd="/",
        check=False,
        env=_environment(),
    )
    if answer.returncode != 0:
        raise StartFault(f"PostgreSQL could not make its data: {_told(answer.stderr)}")
    new.rename(data)


def _command(place: Place, data: Path, sockets: Path, tuning: dict[str, str]) -> Command:
    settings = {"unix_socket_directories": f'"{sockets}"', **tuning}
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    return Command(
        name="postgresql",
        argv=(str(place.binaries / "postgres"), "-D", str(data), *options),
        env=_environment(),
        stop_signal=signal.SIGINT,  # SIGTERM would wait for every client to leave
        orphan_signal=signal.SIGINT,
        account=place.account,
        log=place.home / "log",
    )


def _environment() -> dict[str, str]:
    """Ours, without what steers PostgreSQL's programs."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return env | {"LC_ALL": "C", "TZ": "UTC"}


def _start(command: Command, url: str) -> Child:
    """Tries again for a while: a server that was killed leaves a lock and memory behind."""
    began = time.monotonic()
    child = Child(command)
    try:
        while not _answers(url):
            ended = child.exit_code() is not None
            if time.monotonic() - began > (STALE_SECONDS if ended else START_SECONDS):
                raise StartFault(f"PostgreSQL does not start: {_last_words(command)}")
            if ended:
                child = Child(command)
            time.sleep(POLL_SECONDS)
    except BaseException:
        child.kill_group()
        raise
    return child


def _answers(url: str) -> bool:
    try:
        psycopg2.connect(url, connect_timeout=5).close()
    except psycopg2.OperationalError:
        return False
    return True


def _ensure_database(url: str, runtime_password: str) -> None:
    """Make the database and the runtime role where they are missing."""
    connection = psycopg2.connect(url, connect_timeout=5)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME])
            if cursor.fetchone() is None:
                cursor.execute(f"CREATE DATABASE {NAME}")
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [RUNTIME_ROLE])
            if cursor.fetchone() is None:
                cursor.execute(f"CREATE ROLE {RUNTIME_ROLE} LOGIN")
            cursor.execute(f"ALTER ROLE {RUNTIME_ROLE} PASSWORD %s", [runtime_password])
    finally:
        connection.close()


def _last_words(command: Command) -> str:
    log = command.log.read_text(errors="replace") if command.log else ""
    return f"{_told(log)} (all of it: {command.log})"


def _told(text: str) -> str:
    """The line of the program's output that says why it gave up."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    telling = [line for line in lines if "FATAL" in line or "error:" in line]
    return (telling or lines or ["it said nothing"])[-1]
