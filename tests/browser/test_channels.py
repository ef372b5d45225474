"""Channels: where notices go."""

import json

from playwright.sync_api import Page, expect

from notifications.channels.signing import Keys
from notifications.models import NotificationChannel
from tenants.models import Role, Tenant
from tests.browser.accessibility import axe, fits
from tests.browser.conftest import OpenPage
from tests.browser.faults import Faults
from tests.factories import make_delivery, make_integration, make_notice
from tests.notifications.receiver import Receiver
from tests.notifications.rounds import make_channel


def test_a_webhook_is_tried_added_changed_and_deleted(
    page: Page, acme: Tenant, faults: Faults
) -> None:
    faults.expect("of 400")
    make_integration(acme, "Slack")
    with Receiver.running() as receiver:
        page.goto("/channels")
        page.get_by_role("link", name="Add a channel").click()
        axe(page)
        page.get_by_role("link", name="Webhook").click()
        page.get_by_label("Name").fill("Status hook")
        url = page.get_by_label("URL")
        url.fill("no address")
        page.get_by_role("button", name="Send a test").click()
        expect(url).to_be_focused()
        url.fill(receiver.url)
        page.get_by_role("button", name="Send a test").click()
        expect(page.get_by_text("The test was delivered")).to_be_visible()
        assert json.loads(receiver.bodies[0])["type"] == "channel.test"
        page.get_by_role("checkbox", name="Expiry").uncheck()
        page.get_by_role("combobox", name="Find an integration").fill("sla")
        page.get_by_role("option", name="Slack").click()
        page.get_by_label("Keep quiet for some hours a day").check()
        axe(page)
        page.get_by_role("button", name="Add the channel").click()
        expect(page.get_by_role("dialog").locator("code")).to_contain_text("whsec_")
        page.get_by_role("button", name="I have stored it").click()
        page.wait_for_url("**/channels/*-*")
        page.get_by_role("button", name="Send a test").click()
        expect(page.get_by_text("The test was delivered")).to_be_visible()
    channel = NotificationChannel.objects.get(tenant=acme)
    assert channel.events == ["downtime", "recovery", "incident", "needs_reauth"]
    assert len(channel.integration_ids) == 1
    assert channel.quiet_time_zone == "Europe/Berlin"
    page.get_by_label("Name").fill("Our hook")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Our hook")).to_be_visible()
    page.get_by_role("button", name="Turn off").click()
    expect(page.get_by_text("It is turned off")).to_be_visible()
    page.get_by_role("button", name="Rotate the secret").click()
    page.get_by_role("button", name="Rotate", exact=True).click()
    page.get_by_role("button", name="I have stored it").click()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Delete it").click()
    expect(page.get_by_role("heading", name="No channel yet")).to_be_visible()


def test_a_secret_is_kept_where_its_field_is_left_empty(page: Page, acme: Tenant) -> None:
    secret = {"url": "https://hooks.slack.com/services/T0/B0/" + "x" * 24}
    channel = make_channel(acme, "slack", name="Chat", secrets=secret)
    page.goto(f"/channels/{channel.pk}")
    field = page.get_by_label("Webhook URL")
    expect(field).to_have_attribute("type", "password")
    expect(field).to_have_value("")
    page.get_by_label("Name").fill("Team chat")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Team chat")).to_be_visible()
    channel.refresh_from_db()
    assert channel.secrets() == secret


def test_what_was_not_delivered_goes_out_again(open_page: OpenPage, acme: Tenant) -> None:
    with Receiver.running() as receiver:
        config = {"url": receiver.url}
        keys = {"signingKeys": Keys.fresh().dump()}
        channel = make_channel(acme, name="Status hook", config=config, secrets=keys)
        failed = make_delivery(channel, make_notice(acme), state="failed", error_code="http_500")
        failed.error_text = "It answered 500."
        failed.save()
        page = open_page(Role.OPERATOR)
        page.goto("/deliveries?state=failed")
        row = page.get_by_role("row", name="Production is down")
        expect(row).to_contain_text("It answered 500.")
        axe(page)
        fits(page)
        row.get_by_role("button", name="Deliver again").click()
        expect(page.get_by_role("heading", name="No delivery is like that")).to_be_visible()
    page.goto(f"/channels/{channel.pk}")
    expect(page.get_by_text("An admin of your organisation can change this.")).to_be_visible()
    axe(page)
