"""Maintenance windows: planned, seen, and ended."""

import datetime as dt

from django.utils import timezone
from playwright.sync_api import expect

from maintenance.models import MaintenanceWindow
from tenants.models import Role, Tenant
from tests.browser.accessibility import axe, fits
from tests.browser.conftest import OpenPage, at_rest
from tests.browser.faults import Faults
from tests.factories import make_check, make_connection, make_integration, make_window


def test_a_window_is_planned_for_every_week_and_changed(
    open_page: OpenPage, acme: Tenant, faults: Faults
) -> None:
    faults.expect("of 400")
    slack = make_integration(acme, "Slack")
    page = open_page(Role.OPERATOR)
    page.goto("/maintenance")
    page.get_by_role("link", name="Plan maintenance").click()
    save = page.get_by_role("button", name="Plan it")
    save.click()
    expect(page.get_by_label("Name")).to_be_focused()
    page.get_by_label("Name").fill("Weekly upgrade")
    sunday = (timezone.now() + dt.timedelta(days=13 - timezone.now().weekday())).date()
    page.get_by_label("Starts").fill(f"{sunday}T02:30")
    page.get_by_label("Time zone").select_option("America/New_York")
    page.get_by_label("Repeats").select_option("weekly")
    expect(page.get_by_text("Everything: nothing is named below")).to_be_visible()
    page.get_by_role("combobox", name="Find an integration").fill("sla")
    page.get_by_role("option", name="Slack").click()
    expect(page.get_by_text("Everything: nothing is named below")).to_have_count(0)
    axe(page)
    fits(page)
    save.click()
    page.get_by_role("link", name="Weekly upgrade").first.click()
    window = MaintenanceWindow.objects.get(tenant=acme)
    assert window.starts_at.astimezone(window.schedule._zone).strftime("%H:%M") == "02:30"
    assert (window.duration_minutes, window.integration_ids) == (60, [slack.pk])
    assert window.rrule == f"FREQ=WEEKLY;BYDAY={sunday:%a}"[:-1].upper()
    expect(page.get_by_label("Starts")).to_have_value(f"{sunday}T02:30")
    page.get_by_label("Repeats").select_option("own")
    page.get_by_label("Rule").fill("FREQ=HOURLY")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("Rule")).to_be_focused()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Delete it").click()
    expect(page.get_by_role("heading", name="No maintenance is planned")).to_be_visible()


def test_what_is_in_maintenance_says_so(open_page: OpenPage, acme: Tenant) -> None:
    with at_rest(acme):
        connection = make_connection(make_integration(acme), "Production")
    make_check(connection, status="unhealthy", outcome="failed", maintenance=True)
    make_window(acme, name="Release")
    page = open_page(Role.VIEWER)
    page.goto("/maintenance")
    expect(page.get_by_role("row", name="Release").first).to_contain_text("Everything")
    expect(page.locator(".calendar .today")).to_contain_text("Release")
    axe(page)
    fits(page)
    page.goto("/connections")
    row = page.get_by_role("row", name="Production")
    expect(row).to_contain_text("In maintenance")
    expect(row.get_by_role("img", name="Last 1 results, 0 unhealthy")).to_be_visible()
    page.goto(f"/connections/{connection.pk}")
    expect(page.get_by_text("In maintenance until")).to_be_visible()
    axe(page)
