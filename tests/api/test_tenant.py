"""The settings of a tenant."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from connections.models import ConnectionHealth
from tenants.models import Tenant
from tests.api.test_envelope import error_of
from tests.factories import make_connection, make_integration

URL = "/api/v1/tenant"


def test_the_settings_of_ones_own_tenant(acme: Tenant, victor: APIClient) -> None:
    shown = victor.get(URL).json()["data"]
    assert shown.pop("createdAt")
    assert shown.pop("updatedAt")
    assert shown == {
        "id": str(acme.pk),
        "name": "Acme",
        "slug": "acme",
        "defaultIntervalMinutes": 15,
        "retentionDays": 7,
        "look": {"theme": "system", "accentColor": None},
    }


def test_changing_them(acme: Tenant, alice: APIClient) -> None:
    changes = {
        "name": "Acme 🚀",
        "defaultIntervalMinutes": 30,
        "retentionDays": 3,
        "look": {"theme": "dark", "accentColor": "#FF8800"},
    }
    shown = alice.patch(URL, changes).json()["data"]
    assert (
        shown.items() >= (changes | {"look": {"theme": "dark", "accentColor": "#ff8800"}}).items()
    )
    assert alice.get(URL).json()["data"] == shown


def test_a_part_of_the_look_can_be_changed(alice: APIClient) -> None:
    for part in ({"accentColor": "#123456"}, {"theme": "light"}):
        shown = alice.patch(URL, {"look": part}).json()["data"]
    assert shown["look"] == {"theme": "light", "accentColor": "#123456"}
    shown = alice.patch(URL, {"look": {"accentColor": None}}).json()["data"]
    assert shown["look"] == {"theme": "light", "accentColor": None}


def test_connections_follow_the_default_interval(acme: Tenant, alice: APIClient) -> None:
    connection = make_connection(make_integration(acme))
    alice.patch(URL, {"defaultIntervalMinutes": 30})
    assert ConnectionHealth.objects.get(pk=connection.pk).interval_seconds == 1800


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "two\nlines"),
        ("slug", "mine"),
        ("status", "suspended"),
        ("defaultIntervalMinutes", 0),
        ("defaultIntervalMinutes", "15"),
        ("retentionDays", 401),
        ("retentionDays", 10**30),
        ("look", None),
        ("look", []),
        ("look", {"theme": "pink"}),
        ("look", {"accentColor": "red"}),
        ("look", {"accentColor": ""}),
        ("look", {"accentColor": "#123456; background: url(//evil.example)"}),
        ("look", {"logoUrl": "https://evil.example"}),
    ],
)
def test_wrong_settings_are_refused(acme: Tenant, alice: APIClient, field: str, value: Any) -> None:
    before = alice.get(URL).json()
    assert set(error_of(alice.patch(URL, {field: value}), 400)["details"]) == {field}
    assert alice.get(URL).json() == before
