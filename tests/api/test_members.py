"""The people of a tenant."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.mail import EmailMessage
from django.db import connection as database
from django.db import transaction
from django.utils import timezone
from rest_framework.test import APIClient

from tenants import members
from tenants.models import ApiKey, Membership, Role, Tenant
from tenants.ways_in import LastWayIn
from tests.api.conftest import signed_in
from tests.api.test_envelope import error_of
from tests.factories import make_member, make_tenant

URL = "/api/v1/members"
EVE = {"email": "eve@example.com", "role": "operator", "name": "Eve"}
HER_OWN = {"id", "userId", "createdAt"}


@pytest.fixture
def eve(stranger: Tenant) -> User:
    """Whom another tenant knows, under another name, and who has signed in there."""
    member = make_member(
        stranger, email="Eve@Example.com", name="Evelyn", last_sign_in_at=timezone.now()
    )
    member.user.set_password("correct horse battery")
    member.user.first_name = "Evelyn"
    member.user.last_login = timezone.now()
    member.user.save()
    return member.user


@pytest.fixture
def on_commit(django_capture_on_commit_callbacks: Any) -> Any:
    return lambda: django_capture_on_commit_callbacks(execute=True)


def shown(member: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in member.items() if key not in HER_OWN}


def test_a_new_person_gets_a_link_to_choose_a_password(
    acme: Tenant, alice: APIClient, mailoutbox: list[EmailMessage], on_commit: Any
) -> None:
    with on_commit():
        answer = alice.post(URL, EVE)
    assert answer.status_code == 201
    made = answer.json()["data"]
    assert shown(made) == {**EVE, "lastSignInAt": None}
    assert alice.get(URL).json()["data"] == [made]
    assert not User.objects.get(email="eve@example.com").has_usable_password()
    [mail] = mailoutbox
    assert mail.to == ["eve@example.com"]
    assert "Acme" not in mail.subject
    assert "Acme" in mail.body
    assert "/set-password/" in mail.body


def test_who_is_known_elsewhere_is_told_so_and_nobody_else(
    acme: Tenant,
    alice: APIClient,
    eve: User,
    mailoutbox: list[EmailMessage],
    on_commit: Any,
) -> None:
    with on_commit():
        known = alice.post(URL, {**EVE, "email": "EVE@example.com"}).json()["data"]
        new = alice.post(URL, {**EVE, "email": "new@example.com"}).json()["data"]
    assert shown(known) == {**EVE, "lastSignInAt": None}
    assert shown(known) | {"email": ""} == shown(new) | {"email": ""}
    assert Membership.objects.get(pk=known["id"]).user == eve
    assert "/sign-in" in mailoutbox[0].body
    assert "/set-password/" not in mailoutbox[0].body
    eve.refresh_from_db()
    assert (eve.first_name, eve.email) == ("Evelyn", "Eve@example.com")


def test_a_persons_name_is_the_tenants_own(
    stranger: Tenant, alice: APIClient, charlie: APIClient, eve: User
) -> None:
    unnamed = alice.post(URL, {"email": "eve@example.com", "role": "viewer"}).json()["data"]
    assert unnamed["name"] == ""
    renamed = alice.patch(f"{URL}/{unnamed['id']}", {"name": "E."}).json()["data"]
    assert renamed["name"] == "E."
    [hers] = charlie.get(URL).json()["data"]
    assert hers["name"] == "Evelyn"
    assert hers["userId"] != renamed["userId"]


def test_a_tenant_cannot_have_mails_sent_to_the_whole_world(
    alice: APIClient, mailoutbox: list[EmailMessage], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(members, "_MOST_AN_HOUR", 1)
    assert alice.post(URL, EVE).status_code == 201
    refused = alice.post(URL, {**EVE, "email": "new@example.com"})
    assert "At most 1 people" in error_of(refused, 429)["message"]
    assert int(refused["Retry-After"]) > 3500
    assert Membership.objects.count() == 1


def test_who_never_chose_a_password_gets_a_link_from_each_tenant(
    stranger: Tenant, alice: APIClient, mailoutbox: list[EmailMessage], on_commit: Any
) -> None:
    make_member(stranger, email="eve@example.com")
    with on_commit():
        alice.post(URL, EVE)
    assert "/set-password/" in mailoutbox[0].body


def test_nobody_is_added_twice(alice: APIClient, mailoutbox: list[EmailMessage]) -> None:
    alice.post(URL, EVE)
    error_of(alice.post(URL, {**EVE, "email": "Eve@EXAMPLE.com"}), 409)
    assert Membership.objects.count() == 1


def test_a_mail_server_that_is_away_fails_no_request(
    alice: APIClient, settings: Any, on_commit: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    with on_commit():
        answer = alice.post(URL, EVE)
    assert answer.status_code == 201
    assert "ConnectionRefusedError" in caplog.text
    assert "eve@" not in caplog.text


def test_a_user_name_that_is_taken_does_not_show(alice: APIClient) -> None:
    User.objects.create_user("eve@example.com", email="somebody@example.com")
    assert alice.post(URL, EVE).json()["data"]["email"] == "eve@example.com"
    long = f"{'x' * 64}@{'y' * 60}.{'z' * 60}.example.com"
    assert alice.post(URL, {**EVE, "email": long}).json()["data"]["email"] == long


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", None),
        ("email", "eve"),
        ("email", "eve@example.com\nBcc: all@example.com"),
        ("email", 5),
        ("email", "x" * 300 + "@example.com"),
        ("role", "owner"),
        ("role", None),
        ("name", 5),
        ("name", "two\nlines"),
        ("name", "x" * 201),
        ("userId", 1),
        ("tenantId", "x"),
    ],
)
def test_a_wrong_person_is_not_added(alice: APIClient, field: str, value: Any) -> None:
    assert set(error_of(alice.post(URL, {**EVE, field: value}), 400)["details"]) == {field}
    assert not User.objects.exists()


def test_a_role_is_changed(acme: Tenant, alice: APIClient) -> None:
    member = make_member(acme, Role.VIEWER)
    answer = alice.patch(f"{URL}/{member.pk}", {"role": "operator"})
    assert answer.json()["data"]["role"] == "operator"
    for refused in ({"email": "new@example.com"}, {"role": "owner"}, {"lastSignInAt": None}):
        error_of(alice.patch(f"{URL}/{member.pk}", refused), 400)


def test_who_is_removed_is_still_a_user(acme: Tenant, alice: APIClient) -> None:
    member = make_member(acme)
    assert alice.delete(f"{URL}/{member.pk}").status_code == 204
    assert not Membership.objects.exists()
    assert User.objects.get() == member.user
    error_of(alice.delete(f"{URL}/{member.pk}"), 404)


def test_the_last_admin_is_not_removed_or_demoted(acme: Tenant, alice: APIClient) -> None:
    member = make_member(acme)
    make_member(acme, email="never@example.com")  # signed in
    url, browser = f"{URL}/{member.pk}", signed_in(member.user)
    assert browser.delete(f"/api/v1/api-keys/{ApiKey.objects.get().pk}").status_code == 204
    for refused in (browser.delete(url), browser.patch(url, {"role": "viewer"})):
        assert "administer" in error_of(refused, 409)["message"]
    assert Membership.objects.get(pk=member.pk).role == Role.ADMIN
    ApiKey.objects.update(revoked_at=None)
    assert browser.delete(url).status_code == 204


def beside(first: Callable[[], Any], second: Callable[[], Any]) -> list[Exception]:
    """Let `second` begin while `first` is done but not committed; return what it raised."""
    raised: list[Exception] = []

    def run() -> None:
        try:
            second()
        except Exception as error:
            raised.append(error)
        finally:
            database.close()

    thread = threading.Thread(target=run)
    with transaction.atomic():
        first()
        thread.start()
        while thread.is_alive() and not somebody_waits_for_us():
            thread.join(0.01)
    thread.join()
    return raised


def somebody_waits_for_us() -> bool:
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM pg_locks"
            " WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
        )
        return cursor.fetchone() is not None


@pytest.mark.django_db(transaction=True)
def test_two_admins_who_remove_each_other_do_not_both_succeed() -> None:
    acme, now = make_tenant(), timezone.now()
    alice, bob = (
        make_member(acme, email=f"{name}@example.com", last_sign_in_at=now)
        for name in ("alice", "bob")
    )
    [refusal] = beside(lambda: members.remove(bob), lambda: members.remove(alice))
    assert isinstance(refusal, LastWayIn)
    assert Membership.objects.get() == alice


@pytest.mark.django_db(transaction=True)
def test_two_tenants_that_add_a_stranger_at_once_add_the_same_person() -> None:
    acme, beta = make_tenant("Acme"), make_tenant("Beta")
    eve: Any = {"email": "eve@example.com", "role": Role.VIEWER}
    assert beside(lambda: members.add(acme, **eve), lambda: members.add(beta, **eve)) == []
    assert Membership.objects.count() == 2
    assert User.objects.count() == 1
