"""Browser sessions: a signed-in person acts for one tenant, with their role there."""

import uuid
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from integrations.models import Integration
from tenants.models import Membership, Role, Tenant
from tests.api.conftest import signed_in
from tests.api.test_envelope import error_of
from tests.factories import (
    make_alert,
    make_connection,
    make_integration,
    make_key,
    make_member,
    make_tenant,
)

TENANT = "/api/v1/session/tenant"
TENANTS = "/api/v1/session/tenants"
CRM = {"name": "CRM", "baseUrl": "https://api.example.com"}


@pytest.fixture
def dora(acme: Tenant) -> User:
    """Admin of Acme, and since lately viewer at Beta."""
    user = make_member(acme).user
    make_member(make_tenant("Beta"), Role.VIEWER)
    return user


@pytest.fixture
def browser(dora: User) -> APIClient:
    return signed_in(dora)


def current(browser: APIClient) -> str:
    return str(browser.get(TENANT).json()["data"]["name"])


def choose(browser: APIClient, name: str) -> None:
    tenant = Tenant.objects.get(name=name)
    assert browser.post(TENANT, {"tenantId": str(tenant.pk)}).json()["data"]["name"] == name


def test_without_a_choice_it_is_the_oldest_membership(acme: Tenant, browser: APIClient) -> None:
    assert browser.get(TENANT).json()["data"] == {
        "id": str(acme.pk),
        "name": "Acme",
        "slug": "acme",
        "role": "admin",
        "memberId": str(acme.memberships.get().pk),
    }


def test_a_page_gets_no_answer_once_its_browser_acts_as_somebody_else(
    acme: Tenant, browser: APIClient, dora: User
) -> None:
    member = str(acme.memberships.get().pk)

    def create() -> Any:
        return browser.post("/api/v1/integrations", CRM, HTTP_X_MEMBER_ID=member)

    assert create().status_code == 201
    Membership.objects.filter(user=dora, tenant__name="Beta").update(role=Role.ADMIN)
    choose(browser, "Beta")
    error_of(create(), 401)
    Membership.objects.filter(user=dora, tenant__name="Beta").delete()
    error_of(create(), 401)
    assert Integration.objects.count() == 1


def test_a_choice_holds_for_the_session(browser: APIClient, dora: User) -> None:
    make_integration(Tenant.objects.get(name="Beta"), "Of Beta")
    choose(browser, "Beta")
    assert current(browser) == "Beta"
    [row] = browser.get("/api/v1/integrations").json()["data"]
    assert row["name"] == "Of Beta"
    assert current(signed_in(dora)) == "Acme"


def test_who_is_added_to_another_tenant_stays_where_they_are(
    browser: APIClient, dora: User
) -> None:
    make_member(make_tenant("AAA"))
    assert current(browser) == current(signed_in(dora)) == "Acme"
    choose(browser, "Beta")
    Membership.objects.filter(tenant__name="Acme").delete()
    make_member(make_tenant("AAAA"))
    assert current(browser) == "Beta"


def test_the_role_is_that_of_the_tenant_acted_for(browser: APIClient) -> None:
    assert browser.post("/api/v1/integrations", CRM).status_code == 201
    choose(browser, "Beta")
    error_of(browser.post("/api/v1/integrations", CRM), 403)


def test_ones_own_tenants_by_name(browser: APIClient, stranger: Tenant) -> None:
    make_tenant("Suspended", status="suspended")
    rows = browser.get(TENANTS).json()["data"]
    assert [(row["name"], row["role"], row["current"]) for row in rows] == [
        ("Acme", "admin", True),
        ("Beta", "viewer", False),
    ]
    assert set(rows[0]) == {"id", "name", "slug", "role", "memberId", "current"}
    first = browser.get(f"{TENANTS}?limit=1").json()
    rest = browser.get(TENANTS, {"cursor": first["pagination"]["cursor"]}).json()
    assert first["data"] + rest["data"] == rows


def test_they_are_listed_in_as_many_queries_however_many_they_are(browser: APIClient) -> None:
    counted = []
    for n in range(3):
        make_member(make_tenant(f"Tenant {n}"))
        with CaptureQueriesContext(database) as queries:
            browser.get(TENANTS)
        counted.append(len(queries))
    assert counted[1] == counted[2]  # the first notes the sign-in


def test_what_is_not_ones_own_cannot_be_chosen(
    acme: Tenant, browser: APIClient, dora: User, stranger: Tenant
) -> None:
    suspended = make_tenant("Aaa", status="suspended")
    Membership.objects.create(tenant=suspended, user=dora)
    wrong = (stranger.pk, suspended.pk, uuid.uuid4(), "no-id", "")
    answers = [error_of(browser.post(TENANT, {"tenantId": str(pk)}), 400) for pk in wrong[:4]]
    assert all(answer == answers[0] for answer in answers)
    for body in ({}, {"tenantId": ""}, {"tenantId": None}, {"tenantId": 5}, {"tenant": "x"}):
        error_of(browser.post(TENANT, body), 400)
    assert current(browser) == "Acme"


@pytest.mark.parametrize("end", ["removed", "suspended"])
def test_where_a_membership_ends_the_session_acts_for_nobody_until_a_choice(
    browser: APIClient, dora: User, end: str
) -> None:
    choose(browser, "Beta")
    if end == "removed":
        Membership.objects.filter(tenant__name="Beta").delete()
    else:
        Tenant.objects.filter(name="Beta").update(status="suspended")
    for answer in (browser.get(TENANT), browser.patch("/api/v1/tenant", {"retentionDays": 1})):
        assert "choose one" in error_of(answer, 403)["message"]
    assert [row["name"] for row in browser.get(TENANTS).json()["data"]] == ["Acme"]
    choose(browser, "Acme")
    assert current(browser) == "Acme"


def test_without_a_membership_there_is_nothing_but_an_empty_list(db: None) -> None:
    browser = signed_in(User.objects.create_superuser("olga"))
    assert browser.get(TENANTS).json()["data"] == []
    for answer in (browser.get("/api/v1/connections"), browser.get(TENANT)):
        assert "acts for no tenant" in error_of(answer, 403)["message"]


def test_a_write_that_a_foreign_page_sends_is_refused(dora: User) -> None:
    foreign = signed_in(dora, csrf=False)
    assert foreign.get("/api/v1/integrations").status_code == 200
    beta = Tenant.objects.get(name="Beta")
    for path, body in (("/api/v1/integrations", CRM), (TENANT, {"tenantId": str(beta.pk)})):
        assert "CSRF" in error_of(foreign.post(path, body), 403)["message"]
    assert not Integration.objects.exists()
    assert current(foreign) == "Acme"


def test_a_key_goes_before_a_session(browser: APIClient, stranger: Tenant) -> None:
    secret = make_key(stranger)
    header = {"HTTP_AUTHORIZATION": f"Bearer {secret}"}
    shown = browser.get("/api/v1/tenant", **header).json()["data"]  # type: ignore[arg-type]
    assert shown["id"] == str(stranger.pk)
    error_of(browser.get("/api/v1/tenant", HTTP_AUTHORIZATION="Bearer wrong"), 401)


@pytest.mark.parametrize(("method", "path"), [("GET", TENANTS), ("GET", TENANT), ("POST", TENANT)])
def test_these_are_for_people(method: str, path: str, alice: APIClient, nobody: APIClient) -> None:
    assert "browser sessions" in error_of(alice.generic(method, path), 403)["message"]
    answer = nobody.generic(method, path)
    error_of(answer, 401)
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_a_tenant_sees_when_a_person_signed_in_to_act_for_it(
    acme: Tenant, browser: APIClient, alice: APIClient, dora: User
) -> None:
    browser.get("/api/v1/connections")
    dora.refresh_from_db()
    seen = dict(Membership.objects.values_list("tenant__name", "last_sign_in_at"))
    assert seen == {"Acme": dora.last_login, "Beta": None}


def test_a_tenant_does_not_see_what_was_before_the_person_was_its_member(
    browser: APIClient, dora: User
) -> None:
    choose(browser, "Beta")
    Membership.objects.filter(tenant__name="Beta").update(created_at=timezone.now())
    browser.get("/api/v1/connections")
    assert Membership.objects.get(tenant__name="Beta").last_sign_in_at is None


def test_a_session_ends_with_its_user_and_their_password(dora: User) -> None:
    for field, value in (("password", make_password(None)), ("is_active", False)):
        browser = signed_in(dora)
        assert browser.get(TENANT).status_code == 200
        User.objects.update(**{field: value})
        error_of(browser.get(TENANT), 401)
        dora.refresh_from_db()


def test_a_person_is_called_what_the_tenant_calls_them(
    acme: Tenant, browser: APIClient, dora: User
) -> None:
    alert = make_alert(make_connection(make_integration(acme)))
    dora.first_name = "Theodora"
    dora.save()
    Membership.objects.filter(tenant=acme).update(name="Dora")
    seen = browser.post(f"/api/v1/alerts/{alert.pk}/acknowledge").json()["data"]
    assert seen["acknowledgedBy"] == "Dora"
