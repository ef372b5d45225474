"""Which processes make up Vitals and how each is started; `Procfile` is the same for platforms."""

import signal
import socket
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from healthcheck_project.environment import Launch
from healthcheck_project.processes import Command

WEB, BEAT, MANUAL, PROVIDER = "web", "beat", "manual", "provider"
TOKENS, NOTIFIER = "tokens", "notifier"
WEB_PROCESSES = 2
WEB_THREADS = 16  # each; a manual check's answer may be waited for, up to 15 s
MAX_REQUEST_LINE = 8190  # bytes, gunicorn's most: a search and a cursor can be long
WEB_GRACE_SECONDS = 20  # for answers under way when it stops
PROBE_THREADS = 2  # they load a batch and hand it over; more would fight over the interpreter
MANUAL_THREADS = 8
TOKEN_THREADS = 16  # each can wait for a token endpoint that hangs, up to 10 s
NOTIFIER_THREADS = 17  # one sweeps; each other can wait for a channel that hangs, up to 15 s
# Ten lines about root from each worker; in a container everything is root.
QUIET = ("-W", "ignore:You're running the worker with superuser privileges")
OWNERS_VARIABLES = ("MIGRATION_DATABASE_URL",)  # who owns the tables is the migration's affair
DEMO_VARIABLES = ("DEMO_PROVIDER_PORT", "DEMO_PROVIDER_FD")


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Commands in the order of their start. Two are the demo's alone, and the last one its
    contrary's: it says how people come in."""

    migrate: Command
    provider: tuple[Command, ...]
    load_demo: tuple[Command, ...]
    processes: tuple[Command, ...]
    welcome: tuple[Command, ...]


def plan(
    launch: Launch,
    env: Mapping[str, str],
    web_socket: socket.socket,
    demo_socket: socket.socket | None,
) -> Plan:
    """What `bin/run` starts. Only what makes calls learns of the demo's provider."""
    base = {name: value for name, value in env.items() if name not in DEMO_VARIABLES}
    base["PYTHONUNBUFFERED"] = "1"
    owner = {name: base.pop(name) for name in OWNERS_VARIABLES if name in base}
    with_demo = base | _demo_port(demo_socket)
    return Plan(
        migrate=_python("migrate", base | owner, "-m", "healthcheck_project.migrating"),
        provider=_provider(with_demo, demo_socket),
        load_demo=(_manage("demo", with_demo, "load_demo"),) if demo_socket else (),
        processes=(
            _web(with_demo, web_socket),
            *_workers(launch.workers, with_demo),
            _worker(NOTIFIER, base, threads=NOTIFIER_THREADS, queues="notifications"),
            _beat(base),
        ),
        welcome=() if demo_socket else (_manage("welcome", base, "welcome_link"),),
    )


def in_stopping_order(names: Iterable[str]) -> list[set[str]]:
    """Groups that stop together, one after the other."""
    all_names = set(names)
    return [{BEAT}, all_names - {BEAT, PROVIDER}, {PROVIDER}]


def _python(name: str, env: Mapping[str, str], *arguments: str) -> Command:
    return Command(name=name, argv=(sys.executable, *arguments), env=env)


def _manage(name: str, env: Mapping[str, str], *arguments: str) -> Command:
    return _python(name, env, "manage.py", *arguments)


def _celery(name: str, env: Mapping[str, str], *arguments: str) -> Command:
    return _python(name, env, *QUIET, "-m", "celery", "-q", "-A", "healthcheck_project", *arguments)


def _web(env: Mapping[str, str], listener: socket.socket) -> Command:
    options = {
        "--bind": f"fd://{listener.fileno()}",
        "--worker-class": "gthread",
        "--workers": str(WEB_PROCESSES),
        "--threads": str(WEB_THREADS),
        "--graceful-timeout": str(WEB_GRACE_SECONDS),
        "--limit-request-line": str(MAX_REQUEST_LINE),
    }
    words = [word for option in options.items() for word in option]
    return Command(
        name=WEB,
        argv=(
            sys.executable,
            "-m",
            "gunicorn",
            *words,
            "--no-control-socket",
            "healthcheck_project.wsgi",
        ),
        env=env,
        orphan_signal=signal.SIGQUIT,  # it ends its own children at once
        fds=(listener.fileno(),),
    )


def _workers(probe_processes: int, env: Mapping[str, str]) -> list[Command]:
    names = [f"worker{number}" for number in range(1, probe_processes + 1)]
    probes = [_worker(name, env, threads=PROBE_THREADS, queues="probes") for name in names]
    return [
        *probes,
        _worker(MANUAL, env, threads=MANUAL_THREADS, queues="manual,housekeeping"),
        _worker(TOKENS, env, threads=TOKEN_THREADS, queues="refreshes"),
    ]


def _worker(name: str, env: Mapping[str, str], *, threads: int, queues: str) -> Command:
    return _celery(
        name,
        env,
        "worker",
        "-P",
        "threads",
        "-c",
        str(threads),
        "-Q",
        queues,
        "-n",
        f"{name}@%h",
        "--without-gossip",
        "--without-mingle",
    )


def _beat(env: Mapping[str, str]) -> Command:
    return _celery(BEAT, env, "beat", "--pidfile=")  # a file left by a crash would stop the next


def _provider(env: Mapping[str, str], listener: socket.socket | None) -> tuple[Command, ...]:
    if listener is None:
        return ()
    fd = listener.fileno()
    with_socket = dict(env) | {"DEMO_PROVIDER_FD": str(fd)}
    argv = (sys.executable, "manage.py", "simulate_provider")
    return (Command(name=PROVIDER, argv=argv, env=with_socket, fds=(fd,)),)


def _demo_port(listener: socket.socket | None) -> dict[str, str]:
    return {"DEMO_PROVIDER_PORT": str(listener.getsockname()[1])} if listener else {}
