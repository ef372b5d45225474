"""Maintenance windows: planned, shown, and refused where they make no sense."""

import datetime as dt
import uuid
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from maintenance.edits import MOST_WINDOWS
from maintenance.models import MaintenanceWindow
from tenants.models import Tenant
from tests.api.test_envelope import error_of
from tests.factories import make_check, make_connection, make_integration, make_window

PATH = "/api/v1/maintenance-windows"
HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)


def iso(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def body(**changes: Any) -> dict[str, Any]:
    """A window that comes tomorrow for an hour."""
    starts_at = iso(timezone.now() + DAY)
    return {"name": "Release", "startsAt": starts_at, "durationMinutes": 60, **changes}


def refused(answer: Any) -> Any:
    return error_of(answer, 400)["details"]


def test_a_window_is_planned_changed_and_deleted(acme: Tenant, bob: APIClient) -> None:
    connection = make_connection(make_integration(acme))
    sent = body(rrule="freq=weekly", timeZone="Europe/Berlin", connectionIds=[str(connection.pk)])
    made = bob.post(PATH, sent).json()["data"]
    start = dt.datetime.fromisoformat(sent["startsAt"]).replace(microsecond=0)
    assert made | {"id": 0, "createdAt": 0, "updatedAt": 0} == {
        **sent,
        "id": 0,
        "rrule": "FREQ=WEEKLY",
        "integrationIds": [],
        "tags": [],
        "state": "upcoming",
        "currentStart": iso(start),
        "currentEnd": iso(start + HOUR),
        "createdAt": 0,
        "updatedAt": 0,
    }
    path = f"{PATH}/{made['id']}"
    assert bob.get(path).json()["data"] == bob.get(PATH).json()["data"][0] == made
    now = iso(timezone.now())
    changed = bob.patch(path, {"rrule": None, "startsAt": now}).json()["data"]
    assert (changed["rrule"], changed["state"], changed["currentStart"]) == (None, "active", now)
    assert changed["connectionIds"] == [str(connection.pk)]
    assert bob.delete(path).status_code == 204
    assert bob.get(PATH).json()["data"] == []


def test_connections_and_checks_tell_of_their_maintenance(acme: Tenant, victor: APIClient) -> None:
    covered = make_connection(make_integration(acme), "Covered", tags=["staging"])
    other = make_connection(covered.integration, "Other")
    window = make_window(acme, tags=["staging"])
    make_check(covered, maintenance=True)
    listed = victor.get("/api/v1/connections").json()["data"]
    ends = iso(window.starts_at + HOUR)
    assert {row["id"]: row["maintenanceUntil"] for row in listed} == {
        str(covered.pk): ends,
        str(other.pk): None,
    }
    detail = victor.get(f"/api/v1/connections/{covered.pk}").json()["data"]
    assert detail["maintenanceUntil"] == ends
    [check] = victor.get("/api/v1/health-checks").json()["data"]
    assert check["maintenance"] is True
    table = victor.get("/api/v1/health-checks?format=csv")
    assert ",maintenance," in b"".join(table.streaming_content).decode().splitlines()[0]  # type: ignore[attr-defined]


def test_the_calendar_has_every_time_that_a_window_comes(acme: Tenant, victor: APIClient) -> None:
    start = timezone.now().replace(microsecond=0)
    daily = make_window(acme, name="Daily", ago=-HOUR, rrule="FREQ=DAILY")
    once = make_window(acme, name="Once", ago=-26 * HOUR, duration_minutes=24 * 60)
    make_window(acme, name="Later", ago=-5 * DAY)
    span = {"from": iso(start), "to": iso(start + 2 * DAY)}
    entries = victor.get(f"{PATH}/calendar", span).json()["data"]
    assert [(entry["windowId"], entry["name"]) for entry in entries] == [
        (str(daily.pk), "Daily"),
        (str(daily.pk), "Daily"),
        (str(once.pk), "Once"),
    ]
    assert (entries[2]["start"], entries[2]["end"]) == (
        iso(once.starts_at),
        iso(once.starts_at + DAY),
    )
    within = {"from": iso(once.starts_at + 2 * HOUR), "to": iso(once.starts_at + 3 * HOUR)}
    [entry] = victor.get(f"{PATH}/calendar", within).json()["data"]
    assert entry["name"] == "Once", "what began before goes on"


@pytest.mark.parametrize(
    ("days", "field"), [((0, 93), "to"), ((1, 0), "to"), ((0, 0), "to"), ((800, 801), "from")]
)
def test_a_calendar_is_a_bounded_span_near_now(
    victor: APIClient, days: tuple[int, int], field: str
) -> None:
    start, end = (iso(timezone.now() + n * DAY) for n in days)
    assert list(refused(victor.get(f"{PATH}/calendar", {"from": start, "to": end}))) == [field]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"rrule": "FREQ=SECONDLY"}, "rrule"),
        ({"rrule": "FREQ=DAILY", "durationMinutes": 1440}, "rrule"),
        ({"rrule": "FREQ=DAILY;UNTIL=20200101"}, "rrule"),
        ({"rrule": "FREQ=DAILY;" * 50}, "rrule"),
        ({"rrule": 5}, "rrule"),
        ({"startsAt": "2021-01-01T00:00:00Z"}, "startsAt"),
        ({"startsAt": "2021-01-01T00:00:00Z", "rrule": "FREQ=DAILY;COUNT=3"}, "rrule"),
        ({"startsAt": "0001-01-01T00:00:00Z", "rrule": "FREQ=DAILY"}, "startsAt"),
        ({"startsAt": "9999-12-31T23:59:59Z", "timeZone": "Asia/Tokyo"}, "startsAt"),
        ({"startsAt": "tomorrow"}, "startsAt"),
        ({"timeZone": "Mars/Olympus"}, "timeZone"),
        ({"timeZone": None}, "timeZone"),
        ({"durationMinutes": 0}, "durationMinutes"),
        ({"durationMinutes": 10081}, "durationMinutes"),
        ({"name": "a\nb"}, "name"),
        ({"integrationIds": ["x"]}, "integrationIds"),
        ({"tags": ["x"] * 51}, "tags"),
        ({"connectionIds": [str(uuid.uuid4())]}, "connectionIds"),
        ({"everything": True}, "everything"),
    ],
)
def test_what_makes_no_window_is_refused_by_its_field(
    bob: APIClient, changes: dict[str, Any], field: str
) -> None:
    assert list(refused(bob.post(PATH, body(**changes)))) == [field]
    assert MaintenanceWindow.objects.count() == 0


def test_a_change_is_refused_for_the_whole_that_it_would_make(acme: Tenant, bob: APIClient) -> None:
    path = f"{PATH}/{make_window(acme, rrule='FREQ=DAILY').pk}"
    assert list(refused(bob.patch(path, {"durationMinutes": 1400}))) == ["rrule"]
    assert bob.get(path).json()["data"]["durationMinutes"] == 60


def test_the_last_name_is_not_taken_away_by_the_way(acme: Tenant, bob: APIClient) -> None:
    path = f"{PATH}/{make_window(acme, tags=['staging']).pk}"
    assert list(refused(bob.patch(path, {"tags": []}))) == ["tags"]
    everything: dict[str, Any] = {"tags": [], "connectionIds": [], "integrationIds": []}
    assert bob.patch(path, everything).json()["data"]["tags"] == []
    assert bob.patch(path, {"tags": []}).status_code == 200


def test_what_is_over_can_be_renamed_and_planned_anew(acme: Tenant, bob: APIClient) -> None:
    path = f"{PATH}/{make_window(acme, ago=DAY).pk}"
    renamed = bob.patch(path, {"name": "Last"}).json()["data"]
    assert (renamed["name"], renamed["state"], renamed["currentEnd"]) == ("Last", "over", None)
    assert list(refused(bob.patch(path, {"durationMinutes": 30}))) == ["startsAt"]
    again = bob.patch(path, {"startsAt": iso(timezone.now())}).json()["data"]
    assert again["state"] == "active"


def test_anothers_ids_are_refused_like_ids_of_nothing(
    acmes: dict[str, Any], charlie: APIClient
) -> None:
    for field, wrong in (
        ("integrationIds", acmes["integration_id"]),
        ("connectionIds", acmes["connection_id"]),
    ):
        for pk in (wrong, uuid.uuid4()):
            details = refused(charlie.post(PATH, body(**{field: [str(pk)]})))
            assert details == {field: {"0": ["There is none with this id."]}}


def test_a_tenant_has_a_hundred_windows_at_most(acme: Tenant, bob: APIClient) -> None:
    window = make_window(acme)
    MaintenanceWindow.objects.bulk_create(
        MaintenanceWindow(tenant=acme, name="x", starts_at=window.starts_at, duration_minutes=60)
        for _ in range(MOST_WINDOWS - 1)
    )
    assert "100 windows" in error_of(bob.post(PATH, body()), 409)["message"]
    assert bob.patch(f"{PATH}/{window.pk}", {"name": "Mine"}).status_code == 200
