"""The overview: what is broken, whose fault it is, and what to do."""

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from connections.models import Connection
from tenants.models import Role, Tenant
from tests.browser.accessibility import axe, fits
from tests.browser.conftest import OpenPage, at_rest
from tests.factories import (
    make_change,
    make_check,
    make_connection,
    make_integration,
    set_health,
)

AWKWARD = (
    "<img src=x onerror=alert(1)> &amp;",
    "حساب الإنتاج",
    "👩🏽‍🚀 Rockets",
    "Unbreakable" * 18,
)


def broken(tenant: Tenant, *names: str) -> list[Connection]:
    """Make connections whose credential was refused in their only check."""
    slack = make_integration(tenant, "Slack", provider="slack")
    with at_rest(tenant):
        made = [make_connection(slack, name) for name in names]
        for connection in made:
            check = make_check(
                connection,
                status="unhealthy",
                failure_cause="credential",
                error_code="http_401",
            )
            set_health(
                connection,
                health_status="unhealthy",
                reasons=["test_action_failed"],
                last_health_check_id=check.pk,
                last_health_check_at=timezone.now(),
                last_error_code="http_401",
            )
            make_change(connection)
    return made


def test_it_says_what_is_broken_and_what_to_do(open_page: OpenPage, acme: Tenant) -> None:
    [support] = broken(acme, "Support chat")
    page = open_page(Role.VIEWER)
    page.goto("/")
    row = page.get_by_role("region", name="Needs attention").get_by_role("listitem")
    expect(row).to_contain_text("Unhealthy")
    expect(row).to_contain_text("Credential")
    expect(row).to_contain_text("You:")
    changes = page.get_by_role("region", name="Recent changes").get_by_role("listitem")
    expect(changes).to_contain_text("Support chat")
    expect(page.get_by_role("link", name="Unhealthy 1")).to_have_attribute(
        "href", "/connections?standing=unhealthy"
    )
    expect(row.get_by_role("link", name="Support chat")).to_have_attribute(
        "href", f"/connections/{support.pk}"
    )
    axe(page)


def test_an_open_page_follows_what_happens(page: Page, acme: Tenant) -> None:
    broken(acme, "Support chat")
    page.clock.install()
    page.goto("/")
    expect(page.get_by_role("link", name="Unhealthy 1")).to_be_visible()
    broken(acme, "Team chat")
    page.clock.fast_forward("01:00")
    expect(page.get_by_role("link", name="Unhealthy 2")).to_be_visible()


def test_awkward_names_are_shown_as_they_are_and_fit(open_page: OpenPage, acme: Tenant) -> None:
    broken(acme, *AWKWARD)
    phone = open_page(phone=True)
    phone.goto("/")
    for name in AWKWARD:
        expect(phone.get_by_role("link", name=name).first).to_be_visible()
    axe(phone)
    fits(phone)


@pytest.mark.parametrize("role", [Role.ADMIN, Role.VIEWER])
def test_who_has_nothing_yet_is_led_to_the_first_step(open_page: OpenPage, role: Role) -> None:
    page = open_page(role)
    page.goto("/")
    expect(page.get_by_role("heading", name="Nothing is connected yet")).to_be_visible()
    first_step = page.get_by_role("link", name="Add the first integration")
    expect(first_step).to_have_count(1 if role is Role.ADMIN else 0)
    axe(page)
