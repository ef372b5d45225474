"""Guessing at passwords, and keeping others out by it."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tenants import attempts, signing_in
from tenants.attempts import Limit

PASSWORD = "correct horse battery"
ELSEWHERE = "203.0.113.9"


@pytest.fixture(autouse=True)
def _fast_hashes_and_nothing_counted(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    attempts._redis().flushdb()


@pytest.fixture
def dora(db: None) -> User:
    return User.objects.create_user("dora", "dora@example.com", PASSWORD)


def sign_in(password: str, name: str = "dora", path: str = "/sign-in", **caller: Any) -> Any:
    return Client().post(path, {"username": name, "password": password}, **caller)


def guess(times: int, **caller: Any) -> None:
    assert {sign_in("wrong", **caller).status_code for _ in range(times)} == {200}


def test_after_ten_wrong_passwords_a_person_waits_and_is_told_until_when(dora: User) -> None:
    guess(9)
    assert sign_in(PASSWORD).status_code == 302  # what succeeds counts for nothing
    guess(1)
    answer = sign_in(PASSWORD)
    assert (answer.status_code, int(answer["Retry-After"]) > 890) == (429, True)
    assert "Too many attempts. Try again in 15 minutes, at " in answer.content.decode()
    assert sign_in(PASSWORD, REMOTE_ADDR=ELSEWHERE).status_code == 302  # nobody is kept out


def test_one_machine_cannot_try_many_names(dora: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signing_in, "_BY_ADDRESS", 3)
    for number in range(3):
        assert sign_in("wrong", f"person-{number}").status_code == 200
    assert sign_in(PASSWORD).status_code == 429


def test_many_machines_cannot_try_one_name(dora: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signing_in, "_BY_NAME", 3)
    for number in range(3):
        guess(1, REMOTE_ADDR=f"203.0.113.{number}")
    assert sign_in(PASSWORD, REMOTE_ADDR=ELSEWHERE).status_code == 429


@pytest.mark.parametrize(
    ("proxies", "mine", "anothers"),
    [
        (0, {"REMOTE_ADDR": "203.0.113.1"}, {"REMOTE_ADDR": "203.0.113.2"}),
        (0, {"REMOTE_ADDR": "::ffff:203.0.113.1"}, {"REMOTE_ADDR": "::ffff:203.0.113.2"}),
        (0, {"REMOTE_ADDR": "2001:db8:0:1::1"}, {"REMOTE_ADDR": "2001:db8:0:2::1"}),
        (1, {"HTTP_X_FORWARDED_FOR": "invented, 203.0.113.1"},
            {"HTTP_X_FORWARDED_FOR": "203.0.113.1, 203.0.113.2"}),
        (2, {"HTTP_X_FORWARDED_FOR": "203.0.113.1, 10.0.0.1"},
            {"HTTP_X_FORWARDED_FOR": "203.0.113.2, 10.0.0.1"}),
    ],
)  # fmt: skip
def test_others_are_told_by_their_address(
    dora: User, settings: Any, proxies: int, mine: dict[str, str], anothers: dict[str, str]
) -> None:
    settings.PROXIES_IN_FRONT = proxies
    guess(10, **mine)
    assert sign_in(PASSWORD, **mine).status_code == 429
    assert sign_in(PASSWORD, **anothers).status_code == 302


def test_neighbours_of_ipv6_are_one_and_what_is_told_without_a_proxy_is_not_believed(
    dora: User,
) -> None:
    for number in range(10):
        guess(1, REMOTE_ADDR=f"2001:db8::{number}", HTTP_X_FORWARDED_FOR=f"203.0.113.{number}")
    assert sign_in(PASSWORD, REMOTE_ADDR="2001:db8::ffff").status_code == 429


def test_the_admin_has_no_sign_in_of_its_own(dora: User) -> None:
    answer = Client().get("/admin/login/?next=/admin/auth/")
    assert (answer.status_code, answer["Location"]) == (302, "/sign-in?next=/admin/auth/")
    assert sign_in(PASSWORD, path="/admin/login/")["Location"] == "/sign-in"


def test_whoever_finds_a_session_open_cannot_guess_its_password(dora: User) -> None:
    browser = Client()
    browser.force_login(dora, "django.contrib.auth.backends.ModelBackend")
    assert browser.get("/admin/password_change/")["Location"] == "/settings/password"

    def change(old: str) -> Any:
        new = {"new_password1": "battery horse", "new_password2": "battery horse"}
        return browser.post("/settings/password", {"old_password": old, **new})

    assert {change("wrong").status_code for _ in range(10)} == {200}
    answer = change(PASSWORD)
    assert (answer.status_code, int(answer["Retry-After"]) > 890) == (429, True)
    assert "Try again in 15 minutes" in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    attempts._redis().flushdb()
    assert change(PASSWORD).status_code == 302


def test_while_redis_is_away_people_still_sign_in(
    dora: User, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    attempts._redis.cache_clear()
    try:
        guess(12)
        assert sign_in(PASSWORD).status_code == 302
    finally:
        attempts._redis.cache_clear()
    assert "Attempts are not counted: ConnectionError" in caplog.text


def test_attempts_count_until_they_are_taken_back() -> None:
    limit = Limit(who=("a", "b"), many=2, seconds=60)
    assert [attempts.count([limit]) > 0 for _ in range(4)] == [False, False, True, True]
    other = Limit(who=("ab",), many=1, seconds=60)
    assert attempts.count([limit, other]) > 0
    assert attempts.count([other]) == 0  # it never heard of what was refused
    attempts.take_back([other])
    assert attempts.count([other]) == 0
    attempts._redis().flushdb()
    attempts.take_back([other])  # of what is over already, which leaves nothing
    assert [attempts.count([other]) > 0 for _ in range(2)] == [False, True]
