"""Names with markup, of other scripts, and as long as they may be, on each page that lists them."""

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from tenants.models import Role, Tenant
from tests.browser.accessibility import fits
from tests.browser.conftest import OpenPage, at_rest
from tests.factories import (
    make_alert,
    make_api_key,
    make_change,
    make_check,
    make_connection,
    make_delivery,
    make_incident,
    make_integration,
    make_member,
    make_notice,
    make_window,
    set_health,
)
from tests.notifications.rounds import make_channel

MARKUP = "<img src=x onerror=\"document.title='owned'\"><b>bold</b> &amp;"
NAMES = (MARKUP, "شركة الاختبار العربية", "🚀 Überprüfung 💥", "W" * 200)
PAGES = (
    "/",
    "/connections",
    "/history",
    "/history?show=changes",
    "/alerts",
    "/incidents",
    "/notices",
    "/deliveries",
    "/channels",
    "/maintenance",
    "/settings?section=members",
    "/settings?section=keys",
)


@pytest.fixture
def acme(acme: Tenant) -> Tenant:
    Tenant.objects.filter(pk=acme.pk).update(name="W" * 200)
    for n, name in enumerate(NAMES):
        make_member(acme, Role.VIEWER, f"{n}@{acme.slug}.example.com", name=name)
        make_api_key(acme, name=name)
        with at_rest(acme):
            connection = make_connection(make_integration(acme, name, slug=f"of-{n}"), name)
        check = make_check(connection)
        set_health(
            connection,
            health_status="unhealthy",
            reasons=["test_action_failed"],
            last_health_check_id=check.pk,
            last_health_check_at=timezone.now(),
        )
        make_change(connection)
        make_alert(connection)
        make_incident(connection, resolved_at=timezone.now())
        channel = make_channel(acme, name=name, enabled=False)
        make_delivery(channel, make_notice(acme, title=name, connection=connection), state="failed")
        make_window(acme, name=name)
    return acme


@pytest.fixture
def phone(open_page: OpenPage, acme: Tenant) -> Page:
    return open_page(phone=True)


def test_names_are_shown_as_they_are_and_fit(phone: Page) -> None:
    for path in PAGES:
        phone.goto(path)
        for name in NAMES:
            shown = phone.get_by_role("main").get_by_text(name).filter(visible=True)
            expect(shown.first).to_be_visible()
        expect(phone.get_by_role("main").locator("img")).to_have_count(0)
        expect(phone).not_to_have_title("owned")
        fits(phone)
