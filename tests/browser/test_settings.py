"""The settings, and what stands around every page."""

import re

from playwright.sync_api import Page, expect

from tenants.models import ApiKey, Membership, Role, Tenant
from tests.browser.accessibility import axe
from tests.browser.conftest import OpenPage
from tests.browser.faults import Faults
from tests.factories import make_api_key, make_member, make_tenant
from tests.pipeline.running import Vitals
from tests.web import session_of

PASSWORD = "correct horse battery"


def test_an_admin_changes_the_organisation(page: Page, acme: Tenant, faults: Faults) -> None:
    faults.expect("of 400")
    page.goto("/settings")
    interval = page.get_by_label("Minutes between checks")
    page.get_by_label("Name", exact=True).fill("Acme & Sons")
    page.get_by_label("Days that results are kept").fill("3")
    page.get_by_label("Accent colour", exact=False).last.fill("#ffe14d")
    expect(page.get_by_text("Hard to see on light pages")).to_be_visible()
    interval.fill("0")
    save = page.get_by_role("button", name="Save", exact=True)
    delete = page.get_by_role("button", name="Save and delete")
    save.click()
    delete.click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    interval.fill("120")
    expect(page.get_by_text("checked every 2 hours")).to_be_visible()
    save.click()
    delete.click()
    expect(page.get_by_text("Saved.", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Acme & Sons")).to_be_visible()
    acme.refresh_from_db()
    assert (acme.name, acme.default_interval_minutes) == ("Acme & Sons", 120)
    assert (acme.retention_days, acme.accent_color) == (3, "#ffe14d")


def test_what_is_wrong_is_said_at_its_field(page: Page, faults: Faults) -> None:
    faults.expect("of 400")
    page.goto("/settings")
    interval = page.get_by_label("Minutes between checks")
    interval.fill("0")
    page.get_by_role("button", name="Save").click()
    expect(interval).to_have_accessible_description(re.compile("greater than or equal to 1"))
    expect(interval).to_be_focused()
    expect(interval).to_have_value("0")


def test_members_are_added_changed_and_removed(page: Page, acme: Tenant, faults: Faults) -> None:
    faults.expect("of 409")
    page.goto("/settings?section=members")
    row = page.get_by_role("row", name="eve@example.com")
    page.get_by_role("button", name="Add a member").click()
    page.get_by_label("E-mail address").fill("Eve@example.com")
    page.get_by_role("radio", name="Operator").check()
    page.get_by_role("button", name="Add and send the mail").click()
    expect(row.get_by_role("combobox")).to_have_value("operator")
    row.get_by_role("combobox").select_option("viewer")
    expect(page.get_by_text("eve@example.com is viewer now.")).to_be_visible()
    eve = acme.memberships.filter(user__email__iexact="eve@example.com")
    assert eve.get().role == Role.VIEWER
    row.get_by_role("combobox").select_option("operator")
    expect(page.get_by_text("eve@example.com is operator now.")).to_be_visible()
    eve.update(role=Role.VIEWER)  # by somebody else
    page.evaluate("dispatchEvent(new Event('online'))")  # has a page look at once
    expect(row.get_by_role("combobox")).to_have_value("viewer")
    row.get_by_role("button", name="Remove").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(row).to_have_count(0)
    # Alice is the only one who has a way in.
    me = page.get_by_role("row", name="You")
    me.get_by_role("button", name="Remove").click()
    page.get_by_role("dialog").get_by_role("button", name="Leave").click()
    expect(page.get_by_role("alert")).to_contain_text("nobody could administer")


def test_a_key_is_shown_once_rotated_and_revoked(page: Page, acme: Tenant) -> None:
    page.goto("/settings?section=keys")
    page.get_by_role("button", name="Create a key").click()
    page.get_by_label("Name").fill("The shop")
    page.get_by_role("button", name="Create", exact=True).click()
    shown = page.get_by_role("dialog").locator("code")
    expect(shown).to_have_text(re.compile(r"vitals_\S{40,}"))
    assert ApiKey.objects.presented(shown.inner_text()) == ApiKey.objects.get(tenant=acme)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="I have stored it").click()
    expect(shown).to_have_count(0)
    page.get_by_role("button", name="Rotate The shop").click()
    page.get_by_role("button", name="Rotate", exact=True).click()
    page.get_by_role("button", name="I have stored it").click()
    expect(page.get_by_role("row", name="The shop")).to_have_count(2)
    page.get_by_role("button", name="Revoke The shop").first.click()
    page.get_by_role("button", name="Revoke", exact=True).click()
    expect(page.get_by_role("row", name="The shop")).to_have_count(1)


def test_a_person_changes_their_password_and_stays(
    page: Page, people: dict[Role, Membership], vitals: Vitals
) -> None:
    alice = people[Role.ADMIN].user
    alice.set_password(PASSWORD)
    alice.save()
    page.context.add_cookies([{"name": "sessionid", "value": session_of(alice), "url": vitals.url}])
    page.goto("/settings?section=you")
    page.get_by_role("link", name="Change it").click()
    page.get_by_label("Old password").fill(PASSWORD)
    page.get_by_label("New password", exact=True).fill("another horse battery")
    page.get_by_label("New password confirmation").fill("another horse battery")
    page.get_by_role("button", name="Change the password").click()
    changed = page.get_by_text("Your password was changed.")
    expect(changed).to_be_visible()
    page.goto("/settings?section=you&passwordChanged=1")  # as anybody's link may be
    expect(page.get_by_role("heading", name="Signed in")).to_be_visible()
    expect(changed).to_have_count(0)
    alice.refresh_from_db()
    assert alice.check_password("another horse battery")


def test_a_viewer_sees_the_settings_and_changes_none(open_page: OpenPage) -> None:
    page = open_page(Role.VIEWER)
    page.goto("/settings?section=members")
    expect(page.get_by_text("every 15 minutes")).to_be_visible()
    expect(page.get_by_role("main").get_by_role("link")).to_have_text(["Organisation", "You"])
    expect(page.get_by_role("main").get_by_role("button")).to_have_count(0)


def test_everybody_can_read_the_pages(open_page: OpenPage, acme: Tenant) -> None:
    make_api_key(acme)
    page = open_page()
    for section, loaded in {
        "organisation": "Minutes between checks",
        "members": "What each role may do",
        "keys": "Rotate",
        "you": "Time zone",
    }.items():
        page.goto(f"/settings?section={section}")
        expect(page.get_by_text(loaded).first).to_be_visible()
        axe(page)
    page.get_by_role("button", name="Acme").click()
    axe(page)


def test_the_menu_leads_to_another_organisation_by_the_keyboard(
    page: Page, people: dict[Role, Membership], faults: Faults
) -> None:
    faults.expect("of 401")
    for n in range(50):
        make_member(make_tenant(f"Beta {n:02}"), Role.VIEWER, people[Role.ADMIN].user.email)
    other = page.context.new_page()
    for opened in (page, other):
        opened.goto("/settings")
        expect(opened.get_by_label("Minutes between checks")).to_be_visible()
    page.get_by_role("button", name="Acme").press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Beta 00")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Acme")).to_be_focused()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Beta 31").press("Enter")
    expect(page.get_by_role("button", name="Beta 31")).to_be_visible()
    expect(page.get_by_role("main").get_by_text("Acme")).to_have_count(0)
    # What was open beside it shows, and changes, nothing of the other any more.
    other.get_by_label("Minutes between checks").fill("1")
    other.get_by_role("button", name="Save").click()
    expect(other.get_by_role("button", name="Beta 31")).to_be_visible()
