"""What holds for every test."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from pytest_django import DjangoDbBlocker

from demo.provider import SimulatedProvider
from tenants.ownership import as_owner
from tenants.row_security import act_for_all_tenants
from tests.pipeline.running import Vitals
from tests.providers.table import table
from tests.worker import WORKER, redis_url

_FIRST_DATABASE = 1  # of Redis; 0 is the default
# Tests that share the running Vitals are one group: one test process starts it, and has them all,
# in this order. So no Chromium takes its share of two cores from the test of a budget.
_RUNNING = ("pipeline", "browser")
_FIRST = "test_the_main_job.py"
_GIVING_WAY = 5  # niceness


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest group; of the others each file is one."""
    for item in items:
        file = item.nodeid.partition("::")[0]
        running = _place(item) < len(_RUNNING)
        item.add_marker(pytest.mark.xdist_group("vitals" if running else file))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Let what shares the machine with the running Vitals give way to it: there time counts."""
    beside = "PYTEST_XDIST_WORKER" in os.environ and _place(item) == len(_RUNNING)
    if beside and os.nice(0) < _GIVING_WAY:
        os.nice(_GIVING_WAY - os.nice(0))


@pytest.hookimpl(trylast=True, specname="pytest_collection_modifyitems")
def _in_order(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: (_place(item), item.path.name != _FIRST))


def _place(item: pytest.Item) -> int:
    """Where a test comes: those of the running Vitals first, as they are in `_RUNNING`."""
    parts = item.path.parts
    return next((n for n, part in enumerate(_RUNNING) if part in parts), len(_RUNNING))


@pytest.fixture(scope="session", autouse=True)
def _a_redis_of_ones_own() -> None:
    """Test processes that run beside each other must not empty each other's live store."""
    settings.REDIS_URL = redis_url(_FIRST_DATABASE + WORKER)


@pytest.fixture(scope="session")
def _owner() -> ExitStack:
    """The role that owns the tables, until the stack is closed."""
    stack = ExitStack()
    stack.enter_context(as_owner())
    return stack


@pytest.fixture(scope="session")
def django_db_setup(
    _owner: ExitStack, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> None:
    """Let the owner make the tables; the tests work with them as the runtime role does, and, as
    workers and commands do, for all tenants."""
    with django_db_blocker.unblock():
        with connection.cursor() as cursor:
            # What ends a test that commits.
            cursor.execute(
                f"GRANT TRUNCATE ON ALL TABLES IN SCHEMA public TO {settings.DATABASE_RUNTIME_ROLE}"
            )
        _owner.close()
        act_for_all_tenants()


@pytest.fixture(scope="session")
def vitals(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vitals]:
    """Vitals with all its processes, for the whole session; tests keep apart by their tenants."""
    with Vitals(tmp_path_factory.mktemp("vitals")) as running:
        yield running


@pytest.fixture
def provider() -> Iterator[SimulatedProvider]:
    with SimulatedProvider.in_thread() as running:
        yield running


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Show what was made of each provider's answers, where they were played."""
    reports = [report for found in terminalreporter.stats.values() for report in found]
    recorded = [pair for report in reports for pair in getattr(report, "user_properties", ())]
    if rows := dict(value for name, value in recorded if name == "outcomes"):
        terminalreporter.section("what a check makes of each provider's answers")
        for line in table(rows):
            terminalreporter.write_line(line)
