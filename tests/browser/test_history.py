"""The history of all connections: checks and changes of state."""

import csv
import datetime as dt
import io

import pytest
from playwright.sync_api import Page, expect

from connections.models import Connection
from tenants.models import Role, Tenant
from tests.browser.accessibility import axe, fits
from tests.browser.conftest import OpenPage, at_rest
from tests.browser.test_connection import DOWN, MINUTE
from tests.factories import (
    make_change,
    make_check,
    make_connection,
    make_integration,
)


@pytest.fixture
def acme(acme: Tenant) -> Tenant:
    """It has had two failures and three successes."""
    integration = make_integration(acme, "Slack", provider="slack")
    with at_rest(acme):
        support = make_connection(integration, "Support chat")
        team = make_connection(integration, "Team chat")
    for n in range(3):
        make_check(team, ago=n * MINUTE)
    for n in range(2):
        make_check(support, ago=n * MINUTE, **DOWN)
    make_change(support, ago=MINUTE, reasons=["test_action_failed"])
    return acme


def test_a_check_opens_to_all_that_is_known_of_it(open_page: OpenPage, acme: Tenant) -> None:
    page = open_page(Role.VIEWER)
    page.goto("/history")
    details = page.get_by_role("button", name="Details of the check")
    expect(details).to_have_count(5)
    page.get_by_label("Cause").select_option("provider")
    expect(details).to_have_count(2)
    details.first.click()
    expect(page.get_by_text("The test action failed")).to_be_visible()
    expect(page.get_by_text("The API answered 503 Service Unavailable.").first).to_be_visible()
    expect(page.get_by_text("The provider:")).to_be_visible()
    axe(page)
    fits(page)


def test_what_is_chosen_comes_as_csv_too(page: Page, acme: Tenant) -> None:
    page.goto("/history?status=unhealthy")
    expect(page.get_by_role("button", name="Details of the check")).to_have_count(2)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download CSV").click()
    rows = csv.DictReader(io.StringIO(download.value.path().read_text()))
    assert [row["connectionName"] for row in rows] == ["Support chat"] * 2
    assert download.value.suggested_filename.endswith(".csv")


def test_new_checks_wait_while_somebody_reads_one(page: Page, acme: Tenant) -> None:
    page.clock.install()
    page.goto("/history")
    details = page.get_by_role("button", name="Details of the check")
    details.first.click()
    make_check(Connection.objects.get(tenant=acme, name="Team chat"), ago=-dt.timedelta(seconds=1))
    page.clock.fast_forward("00:30")
    page.get_by_role("button", name="1 new check").click()
    expect(details).to_have_count(6)


def test_state_changes_are_told(open_page: OpenPage, acme: Tenant) -> None:
    page = open_page(Role.VIEWER)
    page.goto("/history?show=changes")
    expect(page.get_by_role("row", name="Support chat")).to_contain_text("The test action failed")
    axe(page)
