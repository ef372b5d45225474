"""Pages in a real Chromium, over a Vitals with all its processes.

    def test_a_failing_connection_says_so(page: Page, acme: Tenant) -> None:
        with at_rest(acme):
            set_health(make_connection(make_integration(acme)), health_status="unhealthy")
        page.goto("/connections")
        expect(page.get_by_role("row", name="Production")).to_contain_text("Failing")
        axe(page)

- `page` is Alice's, admin of `acme`, a tenant of this test alone. `open_page(Role.VIEWER,
  phone=True)` opens one more, for Bob (operator), Victor (viewer) or nobody (None), each in a
  browser context of its own. `people` has their memberships. They live in Berlin.
- Rows come from `tests.factories`: the test works in that Vitals' database. What is due is checked
  for real: give it `base_url=provider.url("fine")`, or make it `at_rest`.
- `axe(page)` and `fits(page)`, of `tests.browser.accessibility`, check what the page shows at that
  moment, in light and dark and on a phone.
- A test fails on errors in a page's console (violations of the security policy and answers of 400
  and more are among them), uncaught exceptions and failed requests. `faults.expect("of 404")`
  names, as a regular expression, what belongs to the test.
- `expect` waits by itself, up to ten seconds. Nothing sleeps: where `page.clock.install()` came
  before `goto`, `page.clock.fast_forward("01:00")` brings the page's next look for changes.
"""

import datetime as dt
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import pytest
from django.db import connection as database
from django.db import transaction
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django import DjangoDbBlocker

from connections.models import ConnectionHealth
from tenants.models import Membership, Role, Tenant
from tenants.row_security import for_all_tenants
from tests.browser import chromium
from tests.browser.faults import Faults
from tests.factories import make_member, make_tenant
from tests.pipeline.running import DATABASE, Vitals
from tests.web import session_of

NAMES = {Role.ADMIN: "alice", Role.OPERATOR: "bob", Role.VIEWER: "victor"}

expect.set_options(timeout=chromium.PATIENCE)


class OpenPage(Protocol):
    def __call__(self, role: Role | None = Role.ADMIN, *, phone: bool = False) -> Page: ...


@contextmanager
def at_rest(tenant: Tenant) -> Iterator[None]:
    """Let the connections that are made here be due tomorrow, so that they stay as they are."""
    with transaction.atomic():
        yield
        due = ConnectionHealth.objects.filter(tenant=tenant, due_at__isnull=False)
        due.update(due_at=timezone.now() + dt.timedelta(days=1))


@pytest.fixture(scope="session", autouse=True)
def _need_chromium() -> None:
    if chromium.find() is None:
        (pytest.fail if "CI" in os.environ else pytest.skip)(chromium.MISSING)


@pytest.fixture(scope="package")  # not longer: its event loop would be in the way of other tests'
def browser() -> Iterator[Browser]:
    with chromium.running() as running:
        yield running


@pytest.fixture(autouse=True)
def _in_its_database(
    vitals: Vitals,
    django_db_blocker: DjangoDbBlocker,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[None]:
    """Let the test's rows be rows of the running Vitals."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # the browser's loop is another's
    settings.REDIS_URL = vitals.env["REDIS_URL"]
    own = database.settings_dict["NAME"]
    with django_db_blocker.unblock():
        database.close()
        database.settings_dict["NAME"] = DATABASE
        try:
            with for_all_tenants():
                yield
        finally:
            database.close()
            database.settings_dict["NAME"] = own


@pytest.fixture
def acme(_in_its_database: None) -> Iterator[Tenant]:
    tenant = make_tenant("Acme")
    yield tenant
    ConnectionHealth.objects.filter(tenant=tenant).update(due_at=None, claim_id=None)


@pytest.fixture
def people(acme: Tenant) -> dict[Role, Membership]:
    """Alice, Bob and Victor, by their roles."""
    return {
        role: make_member(acme, role, f"{name}@{acme.slug}.example.com")
        for role, name in NAMES.items()
    }


@pytest.fixture
def faults() -> Faults:
    return Faults()


@pytest.fixture
def open_page(
    browser: Browser, vitals: Vitals, people: dict[Role, Membership], faults: Faults
) -> Iterator[OpenPage]:
    contexts: list[BrowserContext] = []

    def open_one(role: Role | None = Role.ADMIN, *, phone: bool = False) -> Page:
        session = session_of(people[role].user) if role else None
        context = chromium.new_context(browser, vitals.url, session=session, phone=phone)
        contexts.append(context)
        faults.watch(context)
        return context.new_page()

    yield open_one
    for context in contexts:
        context.close()
    assert faults.unexpected() == []


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    return open_page()
