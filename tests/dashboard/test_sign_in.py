"""The pages by which people come in."""

import datetime as dt
import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core.mail import EmailMessage
from django.test import Client
from django.utils import timezone

from tenants import members
from tenants.models import Role
from tenants.tasks import forget_sessions
from tests.factories import make_tenant

PASSWORD = "correct horse battery"
LINK = re.compile(r"https?://[^/]+(/set-password/\S+)")


@pytest.fixture(autouse=True)
def _fast_hashes(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def dora(db: None) -> User:
    return User.objects.create_user("dora", "Dora@Example.com", PASSWORD)


@pytest.fixture
def browser() -> Client:
    return Client(enforce_csrf_checks=True)


def send(browser: Client, path: str, fields: dict[str, str]) -> Any:
    """Send a form as its page has it."""
    page = browser.get(path, follow=True)
    assert page.status_code == 200
    token = {"csrfmiddlewaretoken": browser.cookies["csrftoken"].value}
    return browser.post(page.wsgi_request.path, fields | token)


def sign_in(browser: Client, name: str, password: str = PASSWORD) -> Any:
    return send(browser, "/sign-in", {"username": name, "password": password})


def signed_in_user(browser: Client) -> str:
    return str(browser.get("/sign-in").wsgi_request.user)


@pytest.mark.parametrize("name", ["dora", "dora@example.com", "DORA@example.com"])
def test_a_person_signs_in_by_user_name_or_address(browser: Client, dora: User, name: str) -> None:
    answer = sign_in(browser, name)
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert signed_in_user(browser) == "dora"
    cookie = browser.cookies["sessionid"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cookie["max-age"] == 7 * 24 * 3600


@pytest.mark.parametrize(
    ("name", "password"), [("dora", "wrong"), ("dora@example.com", "wrong"), ("", ""), ("x@y", "x")]
)
def test_a_wrong_password_and_an_unknown_person_look_alike(
    browser: Client, dora: User, name: str, password: str
) -> None:
    assert sign_in(browser, name, password).status_code == 200
    assert signed_in_user(browser) == "AnonymousUser"


def test_who_was_deactivated_does_not_come_in(browser: Client, dora: User) -> None:
    User.objects.update(is_active=False)
    assert sign_in(browser, "dora@example.com").status_code == 200
    assert signed_in_user(browser) == "AnonymousUser"


def test_signing_in_from_a_foreign_page_is_refused(browser: Client, dora: User) -> None:
    fields = {"username": "dora", "password": PASSWORD}
    assert browser.post("/sign-in", fields).status_code == 403


def test_signing_in_gives_the_session_another_name(browser: Client, dora: User) -> None:
    browser.session.save()  # begun by somebody else, perhaps
    planted = browser.cookies["sessionid"].value
    sign_in(browser, "dora")
    assert browser.cookies["sessionid"].value != planted


def test_nobody_is_led_to_another_site(browser: Client, dora: User) -> None:
    fields = {"username": "dora", "password": PASSWORD, "next": "https://evil.example/"}
    assert send(browser, "/sign-in", fields)["Location"] == "/"


def test_signing_out(browser: Client, dora: User) -> None:
    sign_in(browser, "dora")
    assert "Sign out" in browser.get("/sign-in").content.decode()
    token = {"csrfmiddlewaretoken": browser.cookies["csrftoken"].value}
    assert browser.post("/sign-out", token)["Location"] == "/sign-in"
    assert signed_in_user(browser) == "AnonymousUser"


def test_sessions_that_have_expired_are_forgotten(browser: Client, dora: User) -> None:
    browser.force_login(dora)
    Client().force_login(dora)
    past = timezone.now() - dt.timedelta(seconds=1)
    Session.objects.filter(pk=browser.session.session_key).update(expire_date=past)
    forget_sessions()
    assert Session.objects.count() == 1


def test_who_belongs_to_no_organisation_is_told_so_and_staff_where_the_admin_is(
    dora: User, browser: Client
) -> None:
    assert browser.get("/")["Location"] == "/sign-in?next=/"
    browser.force_login(dora)
    assert "belong to no organisation" in browser.get("/").content.decode()
    assert "/admin/" not in browser.get("/").content.decode()
    User.objects.update(is_staff=True)
    assert 'href="/admin/"' in browser.get("/").content.decode()


@pytest.fixture
def link(db: None, mailoutbox: list[EmailMessage], django_capture_on_commit_callbacks: Any) -> str:
    """What was sent to Eve, who is new."""
    with django_capture_on_commit_callbacks(execute=True):
        members.add(make_tenant(), email="eve@example.com", role=Role.VIEWER)
    found = LINK.search(str(mailoutbox[0].body))
    assert found is not None
    return found[1]


def test_a_new_person_chooses_a_password_once(browser: Client, link: str) -> None:
    fields = {"new_password1": PASSWORD, "new_password2": PASSWORD}
    assert send(browser, link, fields)["Location"] == "/set-password/done"
    assert "Sign in" in browser.get("/set-password/done").content.decode()
    assert sign_in(browser, "eve@example.com").status_code == 302
    again = Client().get(link, follow=True)
    assert "used before" in again.content.decode()


def test_a_weak_password_is_refused(browser: Client, link: str) -> None:
    answer = send(browser, link, {"new_password1": "password", "new_password2": "password"})
    assert "too common" in answer.content.decode()
    assert not User.objects.get().has_usable_password()


def test_an_old_or_invented_link_opens_nothing(link: str, settings: Any) -> None:
    settings.PASSWORD_RESET_TIMEOUT = -1
    for path in (link, "/set-password/MQ/abc-def", "/set-password/x/y"):
        answer = Client().get(path, follow=True)
        assert "used before" in answer.content.decode()
