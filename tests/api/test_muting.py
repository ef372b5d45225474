"""Muting: nobody is told, and the checks go on."""

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from api.answers import iso
from connections.models import Connection, ConnectionHealth
from integrations.models import Integration
from tenants.models import Tenant
from tests.api.test_envelope import error_of
from tests.factories import make_connection, make_integration

HOUR = dt.timedelta(hours=1)


@pytest.fixture
def connection(acme: Tenant) -> Connection:
    return make_connection(make_integration(acme))


@pytest.fixture(params=["connection", "integration"])
def thing(request: pytest.FixtureRequest, connection: Connection) -> Connection | Integration:
    """What is muted: each rule holds for either."""
    return connection if request.param == "connection" else connection.integration


def url(thing: Connection | Integration) -> str:
    return f"/api/v1/{thing._meta.db_table}/{thing.pk}"


def shown(answer: Any) -> tuple[bool, str | None]:
    assert answer.status_code == 200, answer.content
    data = answer.json()["data"]
    return data["muted"], data["mutedUntil"]


def test_something_is_muted_until_a_moment(
    thing: Connection | Integration, bob: APIClient, victor: APIClient
) -> None:
    assert shown(victor.get(url(thing))) == (False, None)
    until = iso(timezone.now() + HOUR)
    assert shown(bob.post(f"{url(thing)}/mute", {"until": until})) == (True, until)
    assert shown(victor.get(url(thing))) == (True, until)


@pytest.mark.parametrize("body", [None, {}, {"until": None}])
def test_without_a_moment_it_is_muted_until_it_is_unmuted(
    thing: Connection | Integration, bob: APIClient, victor: APIClient, body: Any
) -> None:
    assert shown(bob.post(f"{url(thing)}/mute", body)) == (True, None)
    assert shown(victor.get(url(thing))) == (True, None)
    assert shown(bob.post(f"{url(thing)}/unmute")) == (False, None)
    assert shown(victor.get(url(thing))) == (False, None)


def test_a_mute_runs_out(thing: Connection | Integration, bob: APIClient) -> None:
    bob.post(f"{url(thing)}/mute", {"until": iso(timezone.now() + HOUR)})
    type(thing).objects.update(muted_until=timezone.now() - HOUR)
    assert shown(bob.get(url(thing))) == (False, None)


def test_the_last_mute_counts(thing: Connection | Integration, bob: APIClient) -> None:
    bob.post(f"{url(thing)}/mute")
    until = iso(timezone.now() + HOUR)
    assert shown(bob.post(f"{url(thing)}/mute", {"until": until})) == (True, until)


@pytest.mark.parametrize(
    "until", ["2020-01-01T00:00:00Z", "tomorrow", "", 5, [], "9999-12-31T23:59:59-14:00"]
)
def test_a_moment_that_means_nothing_is_refused(
    thing: Connection | Integration, bob: APIClient, until: Any
) -> None:
    answer = bob.post(f"{url(thing)}/mute", {"until": until})
    assert set(error_of(answer, 400)["details"]) == {"until"}
    assert shown(bob.get(url(thing))) == (False, None)


def test_an_unmute_says_no_more(thing: Connection | Integration, bob: APIClient) -> None:
    bob.post(f"{url(thing)}/mute")
    assert "until" in error_of(bob.post(f"{url(thing)}/unmute", {"until": None}), 400)["details"]
    assert shown(bob.get(url(thing))) == (True, None)


def test_muting_leaves_the_checks_alone(thing: Connection | Integration, bob: APIClient) -> None:
    before = list(ConnectionHealth.objects.values())
    bob.post(f"{url(thing)}/mute")
    bob.post(f"{url(thing)}/unmute")
    assert list(ConnectionHealth.objects.values()) == before


def test_a_viewer_mutes_nothing(thing: Connection | Integration, victor: APIClient) -> None:
    for verb in ("mute", "unmute"):
        error_of(victor.post(f"{url(thing)}/{verb}"), 403)


def test_muted_connections_can_be_listed(
    connection: Connection, bob: APIClient, victor: APIClient
) -> None:
    lapsed = make_connection(connection.integration, "Lapsed")
    bob.post(f"{url(connection)}/mute")
    bob.post(f"{url(lapsed)}/mute")
    Connection.objects.filter(pk=lapsed.pk).update(muted_until=timezone.now() - HOUR)

    def names(muted: str) -> list[str]:
        rows = victor.get("/api/v1/connections", {"muted": muted}).json()["data"]
        return [row["name"] for row in rows]

    assert names("true") == ["Production"]
    assert names("false") == ["Lapsed"]
    error_of(victor.get("/api/v1/connections?muted=perhaps"), 400)


def test_connections_can_be_listed_by_tag(connection: Connection, victor: APIClient) -> None:
    make_connection(connection.integration, "Tagged", tags=["eu", "gold"])
    rows = victor.get("/api/v1/connections?tag=gold").json()["data"]
    assert [row["name"] for row in rows] == ["Tagged"]
    assert victor.get("/api/v1/connections?tag=go").json()["data"] == []
