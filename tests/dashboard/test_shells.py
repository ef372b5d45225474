"""Pages for people who are in, and what they see where there is no page."""

from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.contrib.staticfiles import finders
from django.test import Client

from dashboard.modules import modules_of
from dashboard.urls import urlpatterns
from tenants.models import Membership, Role, Tenant
from tests.factories import make_member, make_tenant


@pytest.fixture
def acme(db: None) -> Tenant:
    return make_tenant("Acme")


@pytest.fixture
def dora(acme: Tenant) -> User:
    """Admin of Acme, and since lately viewer at Beta."""
    user: User = make_member(acme).user
    make_member(make_tenant("Beta"), Role.VIEWER)
    return user


@pytest.fixture
def browser(dora: User) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(dora, "django.contrib.auth.backends.ModelBackend")
    return client


def shown(browser: Client, path: str = "/") -> str:
    return browser.get(path).content.decode()


def test_the_session_acts_for_the_tenant_that_is_chosen(browser: Client) -> None:
    beta = Tenant.objects.get(name="Beta")
    assert "Admin of <bdi data-tenant-name>Acme" in shown(browser)
    assert browser.post("/act-for", {"tenant": str(beta.pk)})["Location"] == "/"
    assert "Viewer of <bdi data-tenant-name>Beta" in shown(browser)


def test_nobody_acts_for_what_is_not_theirs(browser: Client) -> None:
    for tenant in (str(make_tenant("Stranger Things").pk), "no-id", ""):
        browser.post("/act-for", {"tenant": tenant})
        assert "Admin of <bdi data-tenant-name>Acme" in shown(browser)
    assert browser.get("/act-for").status_code == 405
    assert Client().post("/act-for")["Location"].startswith("/sign-in")


def test_who_was_removed_chooses_another_organisation(
    browser: Client, acme: Tenant, dora: User
) -> None:
    browser.get("/")
    Membership.objects.filter(tenant=acme).delete()
    page = browser.get("/settings")
    beta = Tenant.objects.get(name="Beta")
    assert page.status_code == 403
    assert f'value="{beta.pk}"' in page.content.decode()
    Membership.objects.filter(user=dora).delete()
    assert "belong to no organisation" in shown(browser)


def test_where_there_is_no_page_people_are_led_back_and_programs_are_told_in_json(
    browser: Client,
) -> None:
    page = browser.get("/no/such/page")
    assert page.status_code == 404
    assert "To the overview" in page.content.decode()
    assert browser.get("/api/v1/no/such/thing").json()["error"]["code"] == "not_found"


def test_a_page_that_fails_names_its_request(
    browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.shells.words", lambda: 1 / 0)
    page = browser.get("/", headers={"X-Request-Id": "of-this-test"})
    assert page.status_code == 500
    assert "of-this-test" in page.content.decode()


def test_a_form_that_is_too_old_does_nothing_and_says_so(dora: User) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(dora, "django.contrib.auth.backends.ModelBackend")
    page = browser.post("/sign-out", {"csrfmiddlewaretoken": "c" * 32})
    assert page.status_code == 403
    assert "too old" in page.content.decode()
    assert browser.get("/").status_code == 200


PAGES = [
    name.removeprefix("page-")
    for pattern in urlpatterns
    if (name := pattern.name or "").startswith("page-")
]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_names_all_modules_that_it_needs_and_they_weigh_little(page: str) -> None:
    modules = modules_of(f"dashboard/pages/{page}.js")
    assert "dashboard/vendor/lit-html/lit-html.js" in modules
    others = ("dashboard.css", "look.js", "core/chrome.js", "vendor/uplot/uPlot.iife.min.js")
    files = [finders.find(path) for path in (*modules, *(f"dashboard/{name}" for name in others))]
    assert None not in files
    assert sum(Path(str(file)).stat().st_size for file in files) < 300_000
