"""Somebody's own database: one ordinary role owns the tables, another works with them."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

import psycopg2
import pytest

from healthcheck_project.environment import ROOT
from tests.worker import WORKER

DATABASE = f"two_roles_{WORKER}"
OWNER, RUNTIME = f"owner_{WORKER}", f"runtime_{WORKER}"
PASSWORD = "an-ordinary-password"

Manage = Callable[..., "subprocess.CompletedProcess[str]"]


def connect(url: str) -> Any:
    connection = psycopg2.connect(url)
    connection.autocommit = True
    return closing(connection)


def ask(url: str, statement: str, tenant: str = "") -> list[tuple[Any, ...]]:
    """Return the rows, seen as `tenant`."""
    with connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.tenant', %s, false)", [tenant])
        cursor.execute(statement)
        return list(cursor.fetchall())


def url_of(role: str, path: str = f"/{DATABASE}") -> str:
    server = urlsplit(os.environ["DATABASE_URL"])
    host = server.netloc.rpartition("@")[2]
    return server._replace(netloc=f"{role}:{PASSWORD}@{host}", path=path).geturl()


@pytest.fixture(scope="module")
def manage() -> Iterator[Manage]:
    """Commands over a database that was made as the documentation says."""
    with connect(os.environ["MIGRATION_DATABASE_URL"]) as server, server.cursor() as cursor:
        cursor.execute(f"CREATE ROLE {OWNER} LOGIN PASSWORD '{PASSWORD}'")
        cursor.execute(f"CREATE ROLE {RUNTIME} LOGIN PASSWORD '{PASSWORD}'")
        cursor.execute(f"CREATE DATABASE {DATABASE} OWNER {OWNER}")

        def run(*arguments: str, runtime: str = RUNTIME) -> "subprocess.CompletedProcess[str]":
            return subprocess.run(
                [sys.executable, "manage.py", *arguments],
                cwd=ROOT,
                env=os.environ
                | {"DATABASE_URL": url_of(runtime), "MIGRATION_DATABASE_URL": url_of(OWNER)},
                capture_output=True,
                text=True,
                check=True,
            )

        yield run
        cursor.execute(f"DROP DATABASE {DATABASE} WITH (FORCE)")
        cursor.execute(f"DROP ROLE {OWNER}")
        cursor.execute(f"DROP ROLE {RUNTIME}")


def test_the_owner_migrates_and_the_runtime_role_works_behind_the_wall(manage: Manage) -> None:
    assert manage("migrate", "--verbosity", "0").stderr == ""
    tenant = json.loads(manage("create_tenant", "Acme", "--json").stdout)["tenantId"]
    tables = ask(url_of(OWNER), "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
    owned = "SELECT count(*) FROM pg_tables WHERE tableowner = current_user"
    assert ask(url_of(OWNER), owned) == tables
    # Neither of them sees a row without naming a tenant.
    for role in (OWNER, RUNTIME):
        assert ask(url_of(role), "SELECT id::text FROM tenants") == []
        assert ask(url_of(role), "SELECT id::text FROM tenants", tenant) == [(tenant,)]
    made = manage("shell", "-v", "0", "-c", _DROP_AND_MAKE_PARTITIONS).stdout.split()
    assert made[0] == made[1] != "0"


def test_a_role_that_row_security_does_not_hold_for_is_named(manage: Manage) -> None:
    with connect(os.environ["MIGRATION_DATABASE_URL"]) as server, server.cursor() as cursor:
        cursor.execute(f"ALTER ROLE {RUNTIME} BYPASSRLS")
        try:
            said = manage("migrate", "--verbosity", "0").stderr
        finally:
            cursor.execute(f"ALTER ROLE {RUNTIME} NOBYPASSRLS")
    assert "row security does not hold" in said


_DROP_AND_MAKE_PARTITIONS = """
import datetime as dt
from healthchecks.partitions import HEALTH_CHECKS
from healthchecks.retention import make_partitions
print(len(HEALTH_CHECKS.drop_before(dt.date(2999, 1, 1))), len(make_partitions()))
"""
