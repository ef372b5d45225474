"""Alerts, provider incidents, and the bell."""

from playwright.sync_api import Page, expect

from connections.models import Connection
from healthchecks.models import Alert
from tenants.models import Role, Tenant
from tests.browser.accessibility import axe, fits
from tests.browser.conftest import OpenPage
from tests.browser.faults import Faults
from tests.browser.trouble import down
from tests.factories import make_alert, make_incident, make_notice


def test_alerts_say_what_to_do_and_are_acknowledged_together(
    open_page: OpenPage, acme: Tenant
) -> None:
    support, _ = down(acme, "Support chat", "Team chat")
    make_alert(support, resolved_at=support.created_at)
    page = open_page(Role.OPERATOR)
    page.goto("/alerts")
    still_open = page.get_by_role("region", name="Open")
    row = still_open.get_by_role("row", name="Support chat")
    expect(row).to_contain_text("503 Service Unavailable")
    expect(row).to_contain_text("The provider:")
    expect(page.get_by_role("region", name="Resolved").get_by_role("row")).to_have_count(2)
    axe(page)
    page.get_by_label("Select all on this page").check()
    page.get_by_role("button", name="Acknowledge those selected").click()
    expect(still_open.get_by_text("bob@")).to_have_count(2)
    assert not Alert.objects.filter(tenant=acme, resolved_at=None, acknowledged_at=None).exists()
    page.get_by_label("State").select_option("resolved")
    expect(still_open).to_have_count(0)
    fits(page)


def test_an_incident_shows_whom_it_affects_and_is_acknowledged(
    open_page: OpenPage, acme: Tenant
) -> None:
    connections = down(acme, *(f"Workspace {n}" for n in range(6)))
    incident = make_incident(*connections, provider="slack", wider=True)
    Alert.objects.filter(connection=connections[0]).update(incident_id=incident.pk)
    page = open_page(Role.OPERATOR)
    page.goto("/alerts")
    page.get_by_role("link", name="In an incident").first.click()
    expect(page.get_by_role("heading", name="Incident of Slack")).to_be_visible()
    expect(page.get_by_text("6 of 6 connections down")).to_be_visible()
    expect(page.get_by_text("Other organisations have the same trouble")).to_be_visible()
    affected = page.get_by_role("region", name="Affected connections")
    expect(affected.get_by_role("row", name="Workspace 3")).to_contain_text("Down")
    expect(page.locator(".chart canvas")).to_be_visible()
    expect(page.get_by_role("link", name="Status page")).to_have_attribute(
        "href", "https://slack-status.com"
    )
    axe(page)
    page.get_by_role("button", name="Acknowledge the incident").click()
    expect(page.get_by_text("bob@").first).to_be_visible()
    fits(page)
    page.goto("/incidents")
    expect(page.get_by_role("row", name="Slack")).to_contain_text("Open")
    axe(page)


def test_the_bell_counts_what_is_new_and_forgets_what_was_read(page: Page, acme: Tenant) -> None:
    page.clock.install()
    page.goto("/alerts")
    bell = page.get_by_role("button", name="Notices")
    expect(bell).to_have_accessible_name("Notices")
    make_notice(acme, title="Support chat is down", path="/connections")
    make_notice(acme, title="Support chat works again", kind="recovered", ends=True)
    page.clock.fast_forward("00:05")
    expect(bell).to_have_accessible_name("Notices: 2 unread notices")
    bell.press("Enter")
    latest = page.get_by_role("region", name="Notices").get_by_role("listitem")
    expect(latest).to_have_count(2)
    expect(latest.first).to_contain_text("Recovered")
    axe(page)
    fits(page)
    page.get_by_role("button", name="Mark all as read").click()
    expect(bell).to_have_accessible_name("Notices")
    page.get_by_role("link", name="Support chat is down").click()
    page.wait_for_url("**/connections")
    page.goto("/notices?event=downtime")
    told = page.get_by_role("main").get_by_role("listitem")
    expect(told).to_have_count(1)
    axe(page)
    page.goto("/notices?unread=true")
    expect(page.get_by_text("No notice is like that.")).to_be_visible()


def test_a_bell_that_cannot_be_filled_says_so(page: Page, faults: Faults) -> None:
    faults.expect("ERR_FAILED")
    page.goto("/alerts")
    page.route("/api/**", lambda route: route.abort())
    page.get_by_role("button", name="Notices").press("Enter")
    expect(page.get_by_role("region", name="Notices")).to_contain_text("can't be read now")


def test_a_viewer_sees_what_goes_wrong_and_no_button_that_would_fail(
    open_page: OpenPage, acme: Tenant
) -> None:
    connections: list[Connection] = down(acme, *(f"Workspace {n}" for n in range(6)))
    incident = make_incident(*connections)
    page = open_page(Role.VIEWER)
    for path, shown in {
        "/alerts": "Workspace 1",
        f"/incidents/{incident.pk}": "Workspace 1",
        "/maintenance": "can plan one",
        "/channels": "can add the first one",
        "/channels/new": "Only an admin",
        "/maintenance/new": "Only an operator",
    }.items():
        page.goto(path)
        main = page.get_by_role("main")
        expect(main.get_by_text(shown).first).to_be_visible()
        expect(main.get_by_role("button").filter(visible=True)).to_have_count(0)
