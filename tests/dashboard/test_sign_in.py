"""The pages by which people come in."""

import datetime as dt
import re
from typing import Any

import pytest
from celery import Celery
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core.mail import EmailMessage
from django.test import Client
from django.utils import timezone
from django.utils.html import escape
from kombu.exceptions import OperationalError

import healthcheck_project.celery  # noqa: F401 - the broker's settings, as in the web process
from tenants import attempts, members
from tenants.models import Role
from tenants.tasks import forget_sessions
from tests.factories import make_tenant

PASSWORD = "correct horse battery"
LINK = re.compile(r"https?://[^/]+(/set-password/\S+)")


@pytest.fixture(autouse=True)
def _fast_hashes_and_no_guesses(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    attempts._redis().flushdb()


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


def test_who_belongs_to_no_organisation_is_told_so_and_staff_are_led_to_the_admin(
    dora: User, browser: Client
) -> None:
    browser.force_login(dora)
    assert "belong to no organisation" in browser.get("/").content.decode()
    User.objects.update(is_staff=True)
    assert browser.get("/")["Location"] == "/admin/"


def test_whoever_signs_in_lands_where_they_wanted_to_go(browser: Client, dora: User) -> None:
    wanted = "/connections?standing=unhealthy&search=a%20%26%20b"
    door = browser.get(wanted)["Location"]
    there = browser.get(door).context["next"]
    fields = {"username": "dora", "password": PASSWORD, "next": there}
    assert send(browser, door, fields)["Location"] == wanted
    assert f'href="{escape(wanted)}"' in browser.get(door).content.decode()  # in another tab


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
    assert 'href="/forgot-password"' in again.content.decode()


def test_a_weak_password_is_refused(browser: Client, link: str) -> None:
    answer = send(browser, link, {"new_password1": "password", "new_password2": "password"})
    assert "too common" in answer.content.decode()
    assert not User.objects.get().has_usable_password()


def test_an_old_or_invented_link_opens_nothing(link: str, settings: Any) -> None:
    settings.PASSWORD_RESET_TIMEOUT = -1
    for path in (link, "/set-password/MQ/abc-def", "/set-password/x/y"):
        answer = Client().get(path, follow=True)
        assert "used before" in answer.content.decode()


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is queued is done at once."""

    def run(app: Celery, name: str, args: list[Any], *_: Any, **__: Any) -> None:
        app.tasks[name](*args)

    monkeypatch.setattr("celery.app.base.Celery.send_task", run)


def ask(browser: Client, address: str) -> Any:
    return send(browser, "/forgot-password", {"email": address})


@pytest.mark.usefixtures("at_once", "link")
def test_who_has_forgotten_their_password_or_lost_their_first_link_is_sent_another(
    browser: Client, dora: User, mailoutbox: list[EmailMessage]
) -> None:
    sent = [ask(browser, "DORA@example.com"), ask(browser, "eve@example.com")]
    to_dora, to_eve = mailoutbox[1:]
    assert [to_dora.to, to_eve.to] == [["Dora@example.com"], ["eve@example.com"]]
    assert "a mail with a link is on its way" in browser.get(sent[0]["Location"]).content.decode()
    found = LINK.search(str(to_dora.body))
    assert found is not None
    new = "battery horse correct"
    send(browser, found[1], {"new_password1": new, "new_password2": new})
    assert sign_in(browser, "dora", PASSWORD).status_code == 200
    assert sign_in(browser, "dora", new).status_code == 302


@pytest.mark.usefixtures("at_once")
def test_nobody_learns_who_is_known_nor_fills_a_mailbox(
    browser: Client, dora: User, mailoutbox: list[EmailMessage]
) -> None:
    known, unknown = (
        [(answer.status_code, answer.get("Location")) for answer in answers]
        for answers in (
            [ask(browser, "dora@example.com") for _ in range(6)],
            [ask(browser, "nobody@example.com") for _ in range(6)],
        )
    )
    assert known == unknown == [(302, "/forgot-password/sent")] * 5 + [(429, None)]
    assert len(mailoutbox) == 5
    User.objects.update(is_active=False)
    attempts._redis().flushdb()
    assert ask(browser, "dora@example.com").status_code == 302
    assert len(mailoutbox) == 5


def test_while_the_broker_is_away_a_link_is_not_said_to_be_sent(
    browser: Client, dora: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise OperationalError

    monkeypatch.setattr("celery.app.base.Celery.send_task", fail)
    answer = ask(browser, "dora@example.com")
    assert (answer.status_code, "cannot be sent" in answer.content.decode()) == (503, True)
