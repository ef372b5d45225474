"""The list of connections: how each is, found and filtered, checked and paused in place."""

import re

from playwright.sync_api import Locator, Page, expect

from connections.models import Connection
from demo.provider import SimulatedProvider
from tenants.models import Role, Tenant
from tests.browser.accessibility import axe, fits
from tests.browser.conftest import OpenPage, at_rest
from tests.browser.test_overview import broken
from tests.factories import make_action, make_connection, make_integration


def many(acme: Tenant, count: int) -> None:
    integration = make_integration(acme)
    with at_rest(acme):
        for n in range(count):
            make_connection(integration, f"Account {n + 1:03}", token=None)


def row(page: Page, name: str) -> Locator:
    return page.get_by_role("row").filter(has=page.get_by_role("link", name=name))


def test_each_has_a_badge_of_its_health(open_page: OpenPage, acme: Tenant) -> None:
    broken(acme, "Support chat")
    many(acme, 1)
    page = open_page(Role.VIEWER)
    page.goto("/connections")
    expect(row(page, "Support chat")).to_contain_text("Unhealthy")
    expect(row(page, "Support chat")).to_contain_text("just now")
    expect(page.get_by_label("Last 1 results, 1 unhealthy")).to_be_visible()
    expect(row(page, "Account 001")).to_contain_text("Not checked yet")
    # Who may only look sees nothing that would fail.
    expect(page.get_by_role("checkbox")).to_have_count(0)
    expect(page.get_by_role("button", name="Check now")).to_have_count(0)
    expect(page.get_by_role("link", name="Add a connection")).to_have_count(0)
    axe(page)
    fits(page)


def test_one_is_checked_in_its_row(
    open_page: OpenPage, acme: Tenant, provider: SimulatedProvider
) -> None:
    for account in ("fine", "unauthorized"):
        integration = make_integration(acme, account, base_url=provider.url(account))
        make_action(integration)
        with at_rest(acme):
            make_connection(integration, f"Account {account}")
    page = open_page(Role.OPERATOR)
    page.goto("/connections")
    for account, found in (("fine", "Healthy"), ("unauthorized", "Unhealthy")):
        here = row(page, f"Account {account}")
        here.get_by_role("button", name="Check now").click()
        expect(here.locator(".badge").filter(has_text=re.compile(f"^{found}$"))).to_be_visible()
    expect(page.get_by_text("401 Unauthorized")).to_be_visible()


def test_they_are_filtered_and_ordered_and_the_address_keeps_it(page: Page, acme: Tenant) -> None:
    broken(acme, "Support chat", "Team chat")
    many(acme, 3)
    page.goto("/connections")
    names = page.get_by_role("row").get_by_role("link")
    expect(names).to_have_count(5)
    page.get_by_label("Status").select_option("unhealthy")
    expect(names).to_have_count(2)
    page.get_by_role("combobox", name="Order").select_option("name")
    page.get_by_label("Search by name").fill("chat")
    expect(page).to_have_url(re.compile("search=chat"))
    page.reload()
    expect(names).to_have_text(["Support chat", "Team chat"])
    page.get_by_role("button", name="Clear filters").click()
    expect(names).to_have_count(5)
    # By keyboard alone.
    integration = page.get_by_role("combobox", name="Integration")
    integration.press_sequentially("acme")
    expect(page.get_by_role("option", name="Acme CRM")).to_be_visible()
    integration.press("Enter")
    expect(names).to_have_count(3)
    page.get_by_label("Search by name").fill("nothing is called that")
    expect(page.get_by_role("heading", name="No connection is like that")).to_be_visible()


def test_they_are_paged_there_and_back(page: Page, acme: Tenant) -> None:
    many(acme, 101)
    page.goto("/connections?order=name")
    expect(page.get_by_text("50 of 101")).to_be_visible()
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_text("100 of 101")).to_be_visible()
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_text("101 of 101")).to_be_visible()
    page.go_back()
    expect(row(page, "Account 051")).to_be_visible()
    page.get_by_role("button", name="Previous").click()
    expect(row(page, "Account 001")).to_be_visible()


def test_many_are_paused_at_once(open_page: OpenPage, acme: Tenant) -> None:
    many(acme, 3)
    page = open_page(Role.OPERATOR)
    page.goto("/connections")
    page.get_by_label("Select all on this page").check()
    row(page, "Account 002").get_by_role("checkbox").uncheck()
    expect(page.get_by_text("2 selected")).to_be_visible()
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("2 connections are paused.")).to_be_visible()
    expect(row(page, "Account 001")).to_contain_text("Not being checked")
    paused = Connection.objects.filter(tenant=acme, status="paused")
    assert {one.name for one in paused} == {"Account 001", "Account 003"}
