"""The page of one connection."""

import datetime as dt
import re
from typing import Any

from django.utils import timezone
from playwright.sync_api import Page, expect

from connections.models import Connection
from demo.behaviour import Behaviour
from demo.provider import SimulatedProvider
from tenants.models import Role, Tenant
from tests.browser.accessibility import axe
from tests.browser.conftest import OpenPage, at_rest
from tests.browser.faults import Faults
from tests.factories import (
    make_action,
    make_change,
    make_check,
    make_connection,
    make_integration,
    set_health,
)

MINUTE = dt.timedelta(minutes=1)
NASTY = "<img src=x onerror=alert(1)> 🦄 اتصال " + "long " * 32
DOWN: dict[str, Any] = {
    "status": "unhealthy",
    "outcome": "failed",
    "failure_cause": "provider",
    "test_action_success": False,
    "test_action_status_code": 503,
    "error_code": "http_503",
    "reasons": ["test_action_failed"],
}


def with_history(
    acme: Tenant, name: str = "Production", *, failed: int = 2, passed: int = 1
) -> Connection:
    """A connection that worked, and has failed since then."""
    integration = make_integration(acme, provider="slack")
    make_action(integration)
    with at_rest(acme):
        connection = make_connection(integration, name, tags=["eu", name[:30]])
    for n in range(passed + failed):
        make_check(connection, ago=n * MINUTE, **(DOWN if n < failed else {}))
    set_health(
        connection,
        health_status="unhealthy",
        reasons=["test_action_failed", "recent_failures"],
        last_health_check_at=timezone.now(),
        last_error_code="http_503",
    )
    make_change(connection, ago=failed * MINUTE)
    return connection


def test_a_dead_credential_is_found_explained_and_replaced(
    page: Page, acme: Tenant, provider: SimulatedProvider
) -> None:
    provider.set("crm", Behaviour(token="right-token"))
    integration = make_integration(acme, base_url=provider.url("crm"))
    make_action(integration)
    with at_rest(acme):
        connection = make_connection(integration)
    page.goto(f"/connections/{connection.pk}")
    expect(page.get_by_text("Not checked yet")).to_be_visible()
    page.get_by_role("button", name="Check now").click()
    result = page.get_by_label("Result of the check")
    expect(result).to_contain_text("Unhealthy")
    expect(result).to_contain_text("401 Unauthorized")
    trouble = page.get_by_role("region", name="What is wrong")
    expect(trouble).to_contain_text("You: The API does not accept this credential.")
    trouble.get_by_role("button", name="Enter a new credential").click()
    page.get_by_role("button", name="Store it").click()
    expect(page.get_by_text("Enter it to go on.")).to_be_visible()
    page.get_by_label("Token", exact=False).first.fill("right-token")
    page.get_by_role("button", name="Store it").click()
    page.get_by_role("button", name="Check now").click()
    expect(result).to_contain_text("Healthy")
    expect(trouble).to_be_hidden()
    expect(page.get_by_text("Everything is as it should be")).to_be_visible()


def test_its_history_is_shown_to_everybody_alike(open_page: OpenPage, acme: Tenant) -> None:
    connection = with_history(acme)
    page = open_page()
    page.goto(f"/connections/{connection.pk}")
    expect(page.get_by_role("heading", name="Production", level=1)).to_be_visible()
    expect(page.locator(".chart canvas")).to_be_visible()
    expect(page.get_by_text("goes on for")).to_be_visible()
    page.get_by_text("These figures as a table").click()
    page.get_by_text("when not all was well").click()
    page.get_by_role("button", name="Details of the check").first.click()
    expect(page.get_by_text("The provider:")).to_have_count(2)
    axe(page)
    page.get_by_role("button", name="Replace").click()
    axe(page)


def test_the_history_is_filtered_and_paged_and_the_address_keeps_it(
    page: Page, acme: Tenant
) -> None:
    connection = with_history(acme, failed=25, passed=10)
    page.goto(f"/connections/{connection.pk}")
    history = page.get_by_role("region", name="History")
    details = history.get_by_role("button", name="Details of the check")
    expect(details).to_have_count(20)
    history.get_by_label("Status").select_option("healthy")
    expect(details).to_have_count(10)
    page.reload()
    expect(details).to_have_count(10)
    history.get_by_role("button", name="Clear filters").click()
    history.get_by_role("button", name="Older").click()
    expect(details).to_have_count(15)
    history.get_by_role("button", name="Newer").click()
    expect(details).to_have_count(20)


def test_it_is_muted_edited_and_deleted(page: Page, acme: Tenant, faults: Faults) -> None:
    faults.expect("of 400")
    connection = with_history(acme)
    page.goto(f"/connections/{connection.pk}")
    page.get_by_role("button", name="Mute").click()
    mute = page.get_by_role("dialog").get_by_role("button", name="Mute")
    page.get_by_label("Until a time").check()
    mute.click()
    expect(page.get_by_label("Muted until")).to_have_accessible_description("Enter it to go on.")
    page.get_by_label("For 8 hours").check()
    mute.click()
    expect(page.get_by_text("Muted until").first).to_be_visible()
    page.get_by_role("button", name="Edit").click()
    page.get_by_label("Name").fill("Renamed")
    page.get_by_label("Check every").fill("0")
    tags = page.get_by_role("textbox", name="Tags")
    tags.fill("w" * 100)
    with page.expect_response(re.compile("/api/v1/connections/")) as answer:
        page.get_by_role("button", name="Save").click()
    assert answer.value.status == 400
    expect(page.get_by_label("Check every")).to_have_attribute("aria-invalid", "true")
    expect(tags).to_have_accessible_description(re.compile("No. 1: .* 60"))
    page.get_by_label("Check every").fill("30")
    tags.fill("eu")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Renamed", level=1)).to_be_visible()
    expect(page.get_by_text("every 30 minutes")).to_be_visible()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Delete it").click()
    page.wait_for_url("**/connections")
    assert not Connection.objects.filter(pk=connection.pk).exists()


def test_too_many_checks_are_refused_until_then(page: Page, acme: Tenant, faults: Faults) -> None:
    faults.expect("of 429")
    connection = with_history(acme)
    page.route(
        "/api/v1/connections/*/health-checks",
        lambda route: route.fulfill(
            status=429,
            headers={"Retry-After": "39"},
            json={"success": False, "error": {"code": "rate_limited", "message": "Too many."}},
        ),
    )
    page.clock.install(time=dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC))
    page.goto(f"/connections/{connection.pk}")
    check = page.get_by_role("button", name="Check now")
    refused = page.get_by_text(re.compile(r"Too many\. Try again at 13:00:[34]"))
    check.click()
    expect(refused).to_be_visible()
    page.clock.run_for(40_000)
    expect(refused).to_have_count(0)
    check.click()
    expect(refused).to_have_count(0)


def test_another_test_action_is_proven_and_used(
    page: Page, acme: Tenant, provider: SimulatedProvider
) -> None:
    provider.set("crm", Behaviour(token="right-token"))
    integration = make_integration(acme, base_url=provider.url("crm"))
    make_action(integration, "Status", path="/status")
    make_action(integration, "Who am I", path="/me", position=1)
    with at_rest(acme):
        connection = make_connection(integration, token="right-token")
    page.goto(f"/connections/{connection.pk}")
    card = page.get_by_role("region", name="Test action")
    expect(card).to_contain_text("GET /status")
    card.get_by_role("button", name="Change").click()
    page.get_by_label("Find an action").fill("who")
    page.get_by_role("button", name="Who am I").click()
    expect(card).to_contain_text("GET /me")
    expect(card).to_contain_text("Chosen for this connection.")
    card.get_by_role("button", name="Prove it").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Prove it").click()
    expect(dialog.get_by_text("With a wrong one", exact=True)).to_be_visible()


def test_who_becomes_a_viewer_sees_all_and_can_do_nothing(
    open_page: OpenPage, acme: Tenant, faults: Faults
) -> None:
    faults.expect("of 40[03]")
    connection = with_history(acme)
    page = open_page(Role.OPERATOR)
    page.goto(f"/connections/{connection.pk}?notConnected=Call us&from=2026-02-02&to=2026-01-01")
    pause = page.get_by_role("button", name="Pause")
    expect(pause).to_be_visible()
    expect(page.get_by_text("Call us")).to_have_count(0)
    expect(page.get_by_role("region", name="History")).to_contain_text("from: This is later than")
    acme.memberships.filter(role=Role.OPERATOR).update(role=Role.VIEWER)
    pause.click()
    expect(pause).to_have_count(0)
    expect(page.get_by_role("region", name="What is wrong")).to_be_visible()
    expect(page.get_by_role("region", name="Credential")).to_be_visible()
    for name in ("Check now", "Pause", "Mute", "Edit", "Delete", "Replace", "Prove it", "Change"):
        expect(page.get_by_role("button", name=name, exact=True)).to_have_count(0)


def test_a_nasty_name_is_shown_as_it_is_on_a_phone(open_page: OpenPage, acme: Tenant) -> None:
    connection = with_history(acme, NASTY[:200])
    page = open_page(phone=True)
    page.goto(f"/connections/{connection.pk}")
    expect(page.get_by_role("heading", level=1)).to_have_text(NASTY[:200].strip())
    expect(page.locator(".chart canvas")).to_be_visible()
    root = "document.documentElement"
    assert page.evaluate(f"{root}.scrollWidth <= {root}.clientWidth")
