"""A session that ends, and a server that is away: what a person was doing goes on."""

import datetime as dt
from functools import cache

import pytest
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.utils import timezone
from playwright.sync_api import Locator, Page, Route, expect

from api.ids import id_at
from tenants.models import Membership, Role, Tenant
from tests.browser.conftest import OpenPage
from tests.browser.faults import Faults
from tests.factories import make_member, make_tenant
from tests.pipeline.running import Vitals
from tests.web import session_of

PASSWORD = "correct horse battery"
hashed = cache(lambda: make_password(PASSWORD))  # it takes a while


@pytest.fixture
def page(page: Page, people: dict[Role, Membership], vitals: Vitals, faults: Faults) -> Page:
    """Somebody's who typed another name for the organisation, and whose session is lost then."""
    User.objects.filter(memberships__in=people.values()).update(password=hashed())
    faults.expect("of 401")
    alice = people[Role.ADMIN].user
    alice.refresh_from_db()
    session = session_of(alice)
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": vitals.url}])
    page.goto("/settings")
    page.get_by_label("Name", exact=True).fill("Acme & Sons")
    Session.objects.filter(pk=session).delete()
    page.get_by_role("button", name="Save").click()
    return page


def sign_in(page: Page, name: str | None = None, password: str = PASSWORD) -> Locator:
    dialog = page.get_by_role("dialog", name="Sign in again")
    if name:
        dialog.get_by_label("E-mail address").fill(name)
    dialog.get_by_label("Password").fill(password)
    dialog.get_by_role("button", name="Sign in").click()
    return dialog


def test_whoever_signs_in_again_goes_on(page: Page, acme: Tenant) -> None:
    dialog = sign_in(page, password="wrong")
    expect(dialog.get_by_role("alert")).to_contain_text("not the right")
    sign_in(page)
    expect(page.get_by_text("Saved.", exact=True)).to_be_visible()
    expect(dialog).to_have_count(0)
    acme.refresh_from_db()
    assert acme.name == "Acme & Sons"
    page.get_by_role("button", name="Acme & Sons").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("Password")).to_be_visible()


def test_they_go_on_in_the_organisation_where_they_were(
    page: Page, acme: Tenant, people: dict[Role, Membership]
) -> None:
    long_ago = id_at(timezone.now() - dt.timedelta(days=365))
    make_member(make_tenant("Older"), Role.ADMIN, people[Role.ADMIN].user.email, pk=long_ago)
    sign_in(page)
    expect(page.get_by_text("Saved.", exact=True)).to_be_visible()
    acme.refresh_from_db()
    assert acme.name == "Acme & Sons"


def test_somebody_else_begins_anew(
    page: Page, acme: Tenant, people: dict[Role, Membership]
) -> None:
    sign_in(page, people[Role.VIEWER].user.email)
    expect(page.get_by_text("An admin of your organisation can change this.")).to_be_visible()
    acme.refresh_from_db()
    assert acme.name == "Acme"


def test_who_tries_too_often_is_told_to_wait(page: Page, faults: Faults) -> None:
    faults.expect("of 429")
    too_many = {"status": 429, "headers": {"Retry-After": "840"}}
    page.route("/sign-in", lambda route: route.fulfill(**too_many))
    dialog = sign_in(page)
    expect(dialog.get_by_role("alert")).to_contain_text("Try again in 14 minutes")


def test_while_the_server_is_away_what_was_typed_stays(open_page: OpenPage, faults: Faults) -> None:
    faults.expect("ERR_FAILED")
    page = open_page()
    page.clock.install()
    held: list[Route] = []
    page.route("/api/**", lambda route: held.append(route))
    page.goto("/settings")
    page.clock.run_for(3_000)  # the first look takes long, which delays no other
    held.pop().continue_()
    page.unroute("/api/**")
    name = page.get_by_label("Name", exact=True)
    name.fill("Acme & Sons")
    broken_off = {"content_type": "application/json", "body": '{"success": tr'}
    page.route("/api/**", lambda route: route.fulfill(**broken_off))
    page.clock.run_for(5_000)
    notice = page.locator("#connection-lost").get_by_text("can't be reached")
    expect(notice).to_be_visible()
    page.route("/api/**", lambda route: route.abort())
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("can't be reached")
    page.unroute("/api/**")
    page.clock.run_for(60_000)
    expect(notice).to_have_count(0)
    expect(name).to_have_value("Acme & Sons")
