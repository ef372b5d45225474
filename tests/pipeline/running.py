"""Vitals as it runs: real processes over a database of their own, and means to look and to hurt."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg2
import redis
import requests

from healthcheck_project import formation
from healthcheck_project.environment import ROOT, read_launch
from healthcheck_project.processes import Child, Command, stop_together
from tests.worker import WORKER, redis_url

DATABASE = f"vitals_pipeline_{WORKER}"  # test processes run beside each other
_REDIS_DATABASE = 10 + WORKER
CRON_SECRET = "a-secret-of-the-pipeline-tests-0123456789"
START_SECONDS = 120  # a disk that nothing was read from lately is slow
STOP_SECONDS = 30


def eventually(
    condition: Callable[[], Any], *, within: float, what: str = "it did not come true"
) -> Any:
    """Return what `condition` returns once that is true. Fails after `within` seconds."""
    until = time.monotonic() + within
    while not (result := condition()):
        if time.monotonic() > until:
            raise AssertionError(f"{what} within {within} s")
        time.sleep(0.05)
    return result


@dataclass(frozen=True, kw_only=True)
class Caller:
    """A tenant's own tooling: HTTP and a key, nothing else."""

    url: str
    tenant_id: str
    key: str = field(repr=False)

    def call(
        self, method: str, path: str, body: Any = None, *, expect: int | None = None
    ) -> requests.Response:
        answer = requests.request(
            method,
            f"{self.url}{path}",
            json=body,
            headers={"Authorization": f"Bearer {self.key}"},
            timeout=20,
        )
        if expect is not None:
            assert answer.status_code == expect, answer.text
        return answer

    def get(self, path: str) -> Any:
        return self.call("GET", path, expect=200).json()["data"]

    def create(self, path: str, body: Any) -> Any:
        return self.call("POST", path, body, expect=201).json()["data"]

    def integration(self, base_url: str, **fields: Any) -> str:
        """Create an active integration with a bearer token and one action; return its id."""
        usual = {
            "name": "Acme CRM",
            "baseUrl": base_url,
            "status": "active",
            "auth": {"type": "bearer"},
            "healthCheckConfig": {"enabled": True, "intervalMinutes": 1, "testActionId": None},
        }
        created: str = self.create("/api/v1/integrations", usual | fields)["id"]
        self.create(
            f"/api/v1/integrations/{created}/actions",
            {"name": "Current user", "method": "GET", "path": "/me"},
        )
        return created

    def connection(self, integration_id: str, name: str = "Production", **fields: Any) -> str:
        """Create a connection; return its id."""
        secret = {"type": "bearer", "secret": {"token": "a-token"}}
        body = {"name": name, "integrationId": integration_id, "credential": secret}
        created: str = self.create("/api/v1/connections", body | fields)["id"]
        return created

    def checks(self, connection_id: str) -> list[dict[str, Any]]:
        """Return the connection's checks, newest first."""
        return list(self.get(f"/api/v1/connections/{connection_id}/health-checks"))


class Vitals:
    """One running Vitals. `logs` is the folder with one file a process."""

    def __init__(self, folder: Path) -> None:
        self.logs = folder
        self.env = self._environment()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        plan = formation.plan(replace(read_launch(), workers=1), self.env, self._listener, None)
        self.commands = {
            command.name: replace(command, log=folder / f"{command.name}.log")
            for command in plan.processes
        }
        self.children: dict[str, Child] = {}
        self._spare: list[dict[str, str]] = []

    def __enter__(self) -> "Vitals":
        try:
            self._make_database()
            self.manage("migrate", "--verbosity", "0")
            for name in self.commands:
                self.start(name)
            eventually(self._answers, within=START_SECONDS, what="the web did not answer")
            eventually(self._ticks, within=START_SECONDS, what="no dispatch came")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        stop_together(self.children.values(), STOP_SECONDS)
        self._listener.close()

    def start(self, name: str, number: int = 1) -> Child:
        """Start one more process of this kind, under its name or, after the first, name2 …"""
        command = self.commands[name]
        if number > 1:
            alias = f"{name}{number}"
            argv = tuple(part.replace(f"{name}@", f"{alias}@") for part in command.argv)
            command = replace(command, name=alias, argv=argv, log=self.logs / f"{alias}.log")
        self.children[command.name] = Child(self._appending(command))
        return self.children[command.name]

    def stop(self, name: str) -> None:
        stop_together([self.children.pop(name)], STOP_SECONDS)

    def kill(self, name: str) -> None:
        """End a process and all that it started, without a word."""
        os.killpg(self.children[name].pid, signal.SIGKILL)
        self.children.pop(name).kill_group()

    def manage(self, *arguments: str) -> str:
        """Run a management command; return what it printed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            env=self.env,
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout

    def tenant(self, name: str) -> Caller:
        """Return a new tenant. Several are made at once: starting the command takes seconds."""
        if not self._spare:
            made = self.manage(
                "shell", "-v0", "-c",
                "from django.core.management import call_command\n"
                "for n in range(8): call_command('create_tenant', f'Spare {n}', json=True)",
            )  # fmt: skip
            self._spare = [json.loads(line) for line in made.splitlines()]
        created = self._spare.pop()
        self.sql("UPDATE tenants SET name = %s WHERE id = %s", name, created["tenantId"])
        return Caller(url=self.url, tenant_id=created["tenantId"], key=created["apiKey"])

    def connect_many(self, integration_id: str, count: int) -> None:
        """Make many connections of an integration at once, due at once."""
        self.manage(
            "shell",
            "-c",
            "from tests.population import connect; from integrations.models import Integration;"
            f"connect(Integration.objects.get(pk='{integration_id}'), {count})",
        )

    def sql(self, statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Run a statement; return its rows."""
        with _connect(self.env["MIGRATION_DATABASE_URL"]) as cursor:
            cursor.execute(statement, parameters)
            return list(cursor.fetchall()) if cursor.description else []

    def let_time_pass(self, tenant: Caller, seconds: float) -> None:
        """Move a tenant's schedule, leases and downtimes into the past."""
        names = ["anchor_at", "slot_at", "due_at", "lease_until", "started_at"]
        names += ["downtime_started_at", "last_health_check_at", "circuit_open_until"]
        moved = ", ".join(f"{name} = {name} - make_interval(secs => %s)" for name in names)
        self.sql(
            f"UPDATE connection_health SET {moved} WHERE tenant_id = %s",  # noqa: S608 - constants
            *[seconds] * len(names),
            tenant.tenant_id,
        )
        # No writer but this one sets a due time in the past; the dispatch relies on that.
        self.sql("UPDATE dispatch_state SET floor = NULL")

    def retire(self, tenant: Caller) -> None:
        """Stop checking for a tenant whose test is over."""
        self.sql(
            "UPDATE connection_health SET due_at = NULL, claim_id = NULL WHERE tenant_id = %s",
            tenant.tenant_id,
        )

    def redis(self) -> redis.Redis:
        return redis.Redis.from_url(self.env["REDIS_URL"])

    def log(self, name: str) -> str:
        return (self.logs / f"{name}.log").read_text()

    def _environment(self) -> dict[str, str]:
        urls = {
            name: urlsplit(os.environ[name])._replace(path=f"/{DATABASE}").geturl()
            for name in ("DATABASE_URL", "MIGRATION_DATABASE_URL")
        }
        return os.environ | {
            **urls,
            "REDIS_URL": redis_url(_REDIS_DATABASE),
            "PROBE_ALLOWED_NETWORKS": "127.0.0.0/8",
            "CRON_SECRET": CRON_SECRET,
            "LOG_FORMAT": "json",
            "PYTHONUNBUFFERED": "1",
        }

    def _make_database(self) -> None:
        with _connect(os.environ["MIGRATION_DATABASE_URL"]) as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
            cursor.execute(f"CREATE DATABASE {DATABASE}")

    def _answers(self) -> bool:
        try:
            return requests.get(f"{self.url}/livez", timeout=5).ok
        except requests.RequestException:
            return False

    def _ticks(self) -> list[tuple[Any, ...]]:
        return self.sql("SELECT 1 FROM dispatch_state WHERE last_tick_at IS NOT NULL")

    @staticmethod
    def _appending(command: Command) -> Command:
        """A restarted process must not wipe what the one before it had to say."""
        if command.log is not None and command.log.exists():
            earlier = command.log.with_suffix(f".{time.monotonic_ns()}.log")
            command.log.rename(earlier)
        return command


@contextmanager
def _connect(url: str) -> Iterator[Any]:
    connection = psycopg2.connect(url)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            yield cursor
    finally:
        connection.close()
