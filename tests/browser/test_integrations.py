"""Integrations: added in each of the three ways, looked at, changed."""

import re
from urllib.parse import quote

from playwright.sync_api import Page, expect

from connections.models import Connection
from demo.behaviour import Behaviour
from demo.provider import SimulatedProvider
from integrations.models import Integration
from tenants.models import Role, Tenant
from tests.browser.accessibility import axe, fits
from tests.browser.conftest import OpenPage, at_rest
from tests.browser.faults import Faults
from tests.browser.test_overview import AWKWARD
from tests.factories import TOKEN, make_action, make_connection, make_integration

TOKEN_LABEL = "Personal access token, from Settings, Developer settings"
DOCUMENT = """
openapi: 3.1.0
info: {title: "Pets <b>"}
servers: [{url: "https://pets.example.com/v1"}]
security: [{key: []}]
components: {securitySchemes: {key: {type: http, scheme: bearer}}}
paths:
  /pets: {get: {summary: List pets}}
  /me: {get: {summary: Who am I}}
"""


def enter(page: Page, label: str, text: str) -> None:
    page.get_by_label(re.compile(rf"^{re.escape(label)}(\s+\(optional\))?$")).fill(text)


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def test_somebody_new_comes_to_a_first_green_check(
    page: Page, acme: Tenant, provider: SimulatedProvider
) -> None:
    page.goto("/")
    page.get_by_role("link", name="Add the first integration").click()
    enter(page, "Search the catalogue", "github")
    axe(page)
    page.get_by_role("link", name="GitHub").click()
    enter(page, TOKEN_LABEL, "a-token-of-mine")
    page.get_by_text("More settings").click()
    enter(page, "Base URL", provider.url("fine"))
    press(page, "Connect and test")
    works = page.get_by_role("region", name="It works")
    expect(works).to_contain_text("GitHub answered in")
    made = Connection.objects.get(tenant=acme)
    assert made.name == "GitHub"
    assert made.credential.unseal(origin=made.origin) == {"token": "a-token-of-mine"}
    assert "a-token-of-mine" not in page.url + page.content()
    expect(works.get_by_role("link", name="Open the connection")).to_have_attribute(
        "href", f"/connections/{made.pk}"
    )


def test_a_refused_credential_is_explained_and_corrected_in_place(
    page: Page, acme: Tenant, provider: SimulatedProvider
) -> None:
    provider.set("acme", Behaviour(token="the-right-one"))
    provider.set("moved", Behaviour(token="the-right-one"))
    provider.set("wrong", Behaviour(status=404))
    page.goto("/integrations/new?provider=github")
    page.get_by_text("More settings").click()
    enter(page, "Base URL", provider.url("wrong"))
    press(page, "Connect and test")
    expect(page.get_by_text("Enter it to go on.")).to_be_visible()
    enter(page, TOKEN_LABEL, "a-wrong-one")
    press(page, "Connect and test")
    expect(page.get_by_role("alert", name="It does not work yet")).to_contain_text("404")
    first = Integration.objects.get(tenant=acme)
    enter(page, "Base URL", provider.url("acme"))
    press(page, "Test again")
    told = page.get_by_role("alert", name="It does not work yet")
    expect(told).to_contain_text("The API answered 401 Unauthorized.")
    expect(told).to_contain_text("You: The API does not accept this credential.")
    axe(page)
    assert Integration.objects.get(tenant=acme) == first
    with at_rest(acme):
        of_a_colleague = make_connection(first)
    enter(page, "Base URL", provider.url("moved"))
    enter(page, TOKEN_LABEL, " the-right-one")  # a space, as pasted texts have
    press(page, "Test again")
    expect(page.get_by_role("region", name="It works")).to_be_visible()
    assert first.connections.get() == of_a_colleague
    assert Connection.objects.filter(tenant=acme).exclude(integration=first).count() == 1


def test_what_is_added_alone_is_there_once_and_without_a_call_nothing_is_said_to_work(
    page: Page, acme: Tenant
) -> None:
    page.goto("/integrations/new?provider=github")
    page.get_by_role("button", name="Add only the integration").dblclick()
    expect(page.get_by_role("heading", level=1, name="GitHub")).to_be_visible()
    github = Integration.objects.get(tenant=acme)
    github.actions.all().delete()
    page.get_by_role("link", name="Add a connection").click()
    enter(page, TOKEN_LABEL, TOKEN)
    press(page, "Connect and test")
    told = page.get_by_role("region", name="Stored, but nothing was called")
    axe(page)
    expect(told.get_by_role("link", name="Choose a test action")).to_have_attribute(
        "href", f"/integrations/{github.pk}"
    )


def test_an_openapi_document_becomes_an_integration(
    page: Page, acme: Tenant, faults: Faults
) -> None:
    faults.expect("of 400")
    page.goto("/integrations/new?by=openapi")
    enter(page, "Or paste it", "openapi: 2.0.0")
    press(page, "Import")
    expect(page.get_by_role("alert")).to_be_visible()
    enter(page, "Or paste it", DOCUMENT)
    press(page, "Import")
    expect(page.get_by_role("heading", name="Pets <b> has 2 actions")).to_be_visible()
    expect(page.get_by_role("radio", name="Who am I")).to_be_checked()
    axe(page)
    page.get_by_role("radio", name="List pets").check()
    press(page, "Activate and add a connection")
    expect(page.get_by_role("heading", name="Account at Pets <b>")).to_be_visible()
    made = Integration.objects.select_related("test_action").get(tenant=acme)
    assert made.status == "active"
    assert made.test_action is not None
    assert made.test_action.name == "List pets"


def test_an_api_is_described_by_hand_and_connected(
    page: Page, acme: Tenant, provider: SimulatedProvider, faults: Faults
) -> None:
    faults.expect("of 400")
    provider.set("acme", Behaviour(token="my-key"))
    page.goto("/integrations/new?by=hand")
    enter(page, "Name", "Warehouse")
    enter(page, "Base URL", provider.url("{account}"))
    page.get_by_label("Authentication").select_option(label="API key in a header")
    page.get_by_role("link", name="Import OpenAPI").click()
    expect(page.get_by_label("Or paste it")).to_be_visible()
    page.get_by_role("link", name="By hand").click()
    page.get_by_label("Method").select_option("DELETE")
    enter(page, "Path", "me")
    press(page, "Add it, then a connection")
    expect(page.get_by_text("needs the field header")).to_be_visible()
    enter(page, "Header", "X-Api-Key")
    press(page, "Add it, then a connection")
    expect(page.get_by_text("Start the path with a slash.")).to_be_visible()
    enter(page, "Path", "/me")
    press(page, "Add it, then a connection")
    expect(page.get_by_text("A test action is a GET or HEAD")).to_be_visible()
    expect(page.get_by_label("Method")).to_be_focused()
    page.get_by_label("Method").select_option("GET")
    press(page, "Add it, then a connection")
    enter(page, "account", "acme")
    enter(page, "API key", "my-key")
    press(page, "Connect and test")
    expect(page.get_by_role("region", name="It works")).to_be_visible()
    assert Integration.objects.get(tenant=acme).actions.count() == 1


def test_an_admin_changes_how_an_integration_is_checked_and_proves_it(
    page: Page, acme: Tenant, provider: SimulatedProvider
) -> None:
    provider.set("acme", Behaviour(token=TOKEN))
    crm = make_integration(acme, base_url=provider.url("acme"), tags=["a, b", "c"])
    make_action(crm, "Ping", path="/ping")
    with at_rest(acme):
        make_connection(crm)
    page.goto("/integrations")
    row = page.get_by_role("row", name="Acme CRM")
    expect(row.get_by_role("link", name="1 not checked yet")).to_be_visible()
    row.get_by_role("link", name="Acme CRM").click()
    page.get_by_role("region", name="Health checks").get_by_role("button", name="Change").click()
    page.get_by_label("Minutes between two checks").fill("7")
    press(page, "Save")
    expect(page.get_by_text("7 minutes")).to_be_visible()
    press(page, "Prove")
    press(page, "Prove it")
    expect(page.get_by_text("Tests the credential", exact=True)).to_be_visible()
    axe(page)
    page.get_by_role("dialog").get_by_role("button", name="Close").click()
    press(page, "Use as test action")
    expect(page.get_by_role("region", name="Actions").get_by_text("Test action")).to_be_visible()
    auth = {
        "type": "oauth2",
        "grantType": "client_credentials",
        "tokenUrl": "https://a.example.com/token",
        "sendAs": "bearer",
    }
    Integration.objects.filter(pk=crm.pk).update(auth=auth)
    press(page, "Edit Ping")
    enter(page, "Path", "/whoami")
    press(page, "Save")
    expect(page.get_by_role("region", name="Actions")).to_contain_text("GET /whoami")
    press(page, "Edit")
    enter(page, "Name", "Renamed")
    press(page, "Save")
    expect(page.get_by_role("heading", level=1, name="Renamed")).to_be_visible()
    crm.refresh_from_db()
    assert crm.tags == ["a, b", "c"]
    assert crm.auth == auth


def test_everybody_can_read_what_is_there(open_page: OpenPage, acme: Tenant) -> None:
    with at_rest(acme):
        for name in AWKWARD:
            crm = make_integration(acme, name, slug=quote(name)[:50])
            make_action(crm, name)
            make_connection(crm, name)
    phone = open_page(phone=True)
    for path, title in (
        ("/integrations", "Integrations"),
        (f"/integrations/{crm.pk}", AWKWARD[-1]),
        ("/connections/new", "Add a connection"),
        ("/integrations/new?by=hand", "Add an integration"),
    ):
        phone.goto(path)
        expect(phone.get_by_role("heading", level=1, name=title)).to_be_visible()
        axe(phone)
        fits(phone)


def test_an_address_that_asks_for_what_cannot_be_leads_on(
    page: Page, acme: Tenant, faults: Faults
) -> None:
    faults.expect("of 40[04]")
    make_integration(acme)
    page.goto("/integrations?status=bogus&search=acme")
    expect(page.get_by_role("alert")).to_contain_text("status")
    page.get_by_role("link", name="Show it without that").click()
    expect(page.get_by_role("row", name="Acme CRM")).to_be_visible()
    assert page.url.endswith("/integrations?search=acme")
    page.goto("/connections/new?integrationId=../health-checks/summary")
    expect(page.get_by_role("heading", name="Nothing here")).to_be_visible()


def test_a_viewer_sees_nothing_that_would_be_refused(open_page: OpenPage, acme: Tenant) -> None:
    crm = make_integration(acme)
    make_action(crm)
    victor = open_page(Role.VIEWER)
    victor.goto("/integrations")
    victor.get_by_role("link", name="Acme CRM").click()
    expect(victor.get_by_role("region", name="Actions")).to_contain_text("GET /me")
    expect(victor.locator("main").get_by_role("button")).to_have_count(0)
    for path in ("/integrations/new", "/connections/new"):
        victor.goto(path)
        expect(victor.get_by_text("Only an admin")).to_be_visible()
