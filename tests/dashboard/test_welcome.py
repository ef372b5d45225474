"""From an empty system to its first person."""

from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from threading import Barrier
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection as database

from tenants import first_run
from tenants.models import Membership, Role, Tenant
from tests.web import AdminCaller

FIELDS = {
    "organisation": "Acme <b>🎉",
    "email": "Dora@example.com",
    "password": "correct horse battery",
}


@pytest.fixture(autouse=True)
def _fast_hashes(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def said() -> str:
    out = StringIO()
    call_command("welcome_link", stdout=out)
    return out.getvalue()


def link() -> str:
    """Return the path of the link that is printed."""
    return "/welcome/" + said().strip().rpartition("/")[2]


@pytest.mark.django_db
def test_the_link_leads_to_a_tenant_its_admin_and_the_operator_once() -> None:
    browser, path = AdminCaller(), link()
    assert "You also operate this Vitals" in browser.get(path).content.decode()
    assert browser.post(path, FIELDS)["Location"] == "/"

    member = Membership.objects.get()
    assert (member.tenant.name, member.role) == (FIELDS["organisation"], Role.ADMIN)
    assert (member.user.is_staff, member.user.is_superuser) == (True, True)
    assert member.user.check_password(FIELDS["password"])
    tenant = browser.get("/api/v1/session/tenant").json()["data"]
    assert (tenant["id"], tenant["role"]) == (str(member.tenant_id), "admin")
    assert browser.get("/admin/").status_code == 200

    for answer in (AdminCaller().get(path), AdminCaller().post(path, FIELDS)):
        assert (answer.status_code, "set up already" in answer.content.decode()) == (410, True)
    assert User.objects.count() == Tenant.objects.count() == 1
    assert said().strip() == f"sign in at {settings.PUBLIC_URL}/sign-in"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"organisation": " "}, ["This field is required."]),
        ({"organisation": "a\x07b"}, ["no line breaks"]),
        ({"email": "dora"}, ["Enter a valid email address."]),
        ({"password": "12345"}, ["too short", "entirely numeric"]),
        ({"password": "dora@example.com"}, ["too similar to the email"]),
        ({"organisation": "x" * 201, "email": "", "password": "12345"},
            ["at most 200", "field is required", "too short"]),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_at_its_field_and_the_rest_is_kept(
    wrong: dict[str, str], words: list[str]
) -> None:
    answer = AdminCaller().post(link(), FIELDS | wrong)
    form, page = answer.context["form"], answer.content.decode()
    assert set(form.errors) == set(wrong)
    assert all(word in page for word in words)
    assert ("Acme &lt;b&gt;🎉" in page) == ("organisation" not in wrong)
    assert FIELDS["password"] not in page
    assert not User.objects.exists()
    assert not Tenant.objects.exists()


@pytest.mark.django_db
def test_who_has_no_link_is_told_where_it_is() -> None:
    browser = AdminCaller()
    for path in ("/", "/sign-in"):
        page = browser.get(path, follow=True).content.decode()
        assert "bin/manage welcome_link" in page
        assert "password" not in page
    answer = browser.post(f"{link()[:-1]}~", FIELDS)
    assert (answer.status_code, "not whole" in answer.content.decode()) == (404, True)
    assert not User.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_who_set_up_at_the_same_time_one_comes_first() -> None:
    together = Barrier(2)

    def submit(name: str) -> Any:
        together.wait()
        try:
            return first_run.set_up(organisation=name, email=f"{name}@example.com", password="x")
        except first_run.IsSetUp:
            return None
        finally:
            database.close()

    with ThreadPoolExecutor(2) as pool:
        made = [user for user in pool.map(submit, ("acme", "other")) if user]
    assert [user.pk for user in made] == [user.pk for user in User.objects.all()]
    assert Tenant.objects.count() == Membership.objects.count() == 1
