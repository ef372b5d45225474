"""Signing in and out, as a person does it."""

import re

import pytest
from playwright.sync_api import Page, expect

from tenants.models import Membership, Role
from tests.browser.accessibility import axe
from tests.browser.conftest import OpenPage

PASSWORD = "correct horse battery"


@pytest.fixture
def visitor(open_page: OpenPage) -> Page:
    """Somebody's page who has not signed in."""
    return open_page(None)


@pytest.fixture
def alice(people: dict[Role, Membership]) -> str:
    """The address of somebody who knows her password."""
    user = people[Role.ADMIN].user
    user.set_password(PASSWORD)
    user.save()
    return str(user.email)


def sign_in(page: Page, name: str, password: str) -> None:
    page.get_by_label("E-mail address").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def test_a_person_signs_in_and_out(visitor: Page, alice: str) -> None:
    visitor.goto("/")
    expect(visitor).to_have_url(re.compile("/sign-in"))
    sign_in(visitor, alice, PASSWORD)
    expect(visitor).not_to_have_url(re.compile("/sign-in"))
    visitor.goto("/sign-in")
    visitor.get_by_role("button", name="Sign out").click()
    expect(visitor.get_by_label("Password")).to_be_visible()


def test_a_wrong_password_leaves_the_name_to_try_again(visitor: Page, alice: str) -> None:
    visitor.goto("/sign-in")
    sign_in(visitor, alice, "a wrong password")
    expect(visitor.get_by_role("alert")).to_contain_text("password")
    expect(visitor.get_by_label("E-mail address")).to_have_value(alice)
    expect(visitor.get_by_label("Password")).to_have_value("")


def test_everybody_can_read_the_pages(open_page: OpenPage) -> None:
    page = open_page(None)
    page.goto("/sign-in")
    axe(page)
    page.get_by_role("link", name="Forgot your password?").click()
    expect(page.get_by_role("button", name="Send the link")).to_be_visible()
    axe(page)
