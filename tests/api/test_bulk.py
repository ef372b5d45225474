"""Many connections in one request: all or none."""

import datetime as dt
from typing import Any
from uuid import UUID

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from api.ids import new_id
from connections.encryption import unseal
from connections.models import Connection, ConnectionHealth, Credential
from healthchecks.dispatch import dispatch
from integrations.models import Integration
from tenants.models import Tenant
from tests.api.test_envelope import error_of
from tests.factories import make_action, make_connection, make_integration, set_health

URL = "/api/v1/connections/bulk"
NONE_WITH_THIS_ID = ["There is none with this id."]


@pytest.fixture
def crm(acme: Tenant) -> Integration:
    return make_integration(acme)


def wanted(integration: Integration, name: Any = "Production", **fields: Any) -> dict[str, Any]:
    return {"name": name, "integrationId": str(integration.pk), **fields}


def create(client: APIClient, *rows: Any) -> Any:
    return client.post(URL, {"connections": list(rows)})


def act(client: APIClient, action: str, *ids: Any) -> Any:
    return client.post(URL, {"action": action, "ids": [str(pk) for pk in ids]})


def statuses() -> list[str]:
    return list(Connection.objects.order_by("pk").values_list("status", flat=True))


def due_at(pk: UUID) -> dt.datetime | None:
    return ConnectionHealth.objects.get(pk=pk).due_at


# --- Creating ---------------------------------------------------------------------------------


def test_many_are_created_as_one_would_be(crm: Integration, alice: APIClient) -> None:
    credential = {"type": "bearer", "secret": {"token": "canary"}}
    own = make_action(crm)
    rows = [
        wanted(crm, "A", credential=credential, tags=["eu"]),
        wanted(crm, "B", status="paused", intervalMinutes=5, healthCheckTestActionId=str(own.pk)),
    ]
    answer = create(alice, *rows)
    assert answer.status_code == 201
    assert b"canary" not in answer.content
    made = answer.json()["data"]
    for row, shown in zip(rows, made, strict=True):
        row.pop("credential", None)
        assert {key: shown[key] for key in row} == row
    assert alice.get("/api/v1/connections?order=createdAt").json()["data"] == made
    assert [shown["credential"]["state"] for shown in made] == ["active", "missing"]
    assert [shown["nextCheckAt"] is None for shown in made] == [False, True]


def test_a_credential_can_be_used_afterwards(crm: Integration, alice: APIClient) -> None:
    credential = {"type": "bearer", "secret": {"token": "canary"}}
    create(alice, *(wanted(crm, str(n), credential=credential) for n in range(2)))
    origin = "https://api.example.com"
    for stored in Credential.objects.all():
        secret = unseal(bytes(stored.encrypted_secret), connection_id=stored.pk, origin=origin)
        assert secret["token"] == "canary"


def test_a_bare_array_creates_too(crm: Integration, alice: APIClient) -> None:
    answer = alice.post(URL, [wanted(crm)])
    assert answer.status_code == 201
    assert [row["name"] for row in answer.json()["data"]] == ["Production"]


def test_a_thousand_may_have_long_tokens(crm: Integration, alice: APIClient) -> None:
    body = create(alice, *(wanted(crm, "x" * 2_000) for _ in range(1_000)))
    assert error_of(body, 400)["details"]["connections"]["0"]  # read, and refused for its names
    assert error_of(create(alice, wanted(crm, "x" * 5 * 2**20)), 413)


def test_one_wrong_row_and_none_is_created(crm: Integration, alice: APIClient) -> None:
    rows = [
        wanted(crm),
        wanted(crm, name=5),
        {"name": "Nowhere"},
        wanted(crm, colour="red"),
        "no object",
        wanted(crm, credential={"type": "basic", "secret": {"token": "canary"}}),
        wanted(crm, variables={"a": 5}),
        wanted(crm),
    ]
    answer = create(alice, *rows)
    errors = error_of(answer, 400)["details"]["connections"]
    assert {row: set(fields) for row, fields in errors.items()} == {
        "1": {"name"},
        "2": {"integrationId"},
        "3": {"colour"},
        "4": {"nonFieldErrors"},
        "5": {"credential"},
        "6": {"variables"},
    }
    assert b"canary" not in answer.content
    assert not Connection.objects.exists()


def test_a_reference_leads_to_ones_own_and_to_the_right_kind(
    acme: Tenant, crm: Integration, stranger: Tenant, alice: APIClient
) -> None:
    foreign = make_integration(stranger)
    action, elsewhere = make_action(crm), make_action(make_integration(acme, "Other"))
    wrong = [foreign.pk, new_id(), action.pk, "no-id", 5, None, {}]
    rows = [wanted(crm, integrationId=str(w) if isinstance(w, UUID) else w) for w in wrong]
    errors = error_of(create(alice, *rows), 400)["details"]["connections"]
    assert list(errors) == [str(n) for n in range(len(wrong))]
    for n in range(5):
        assert errors[str(n)] == {"integrationId": NONE_WITH_THIS_ID}
    wrong = [make_action(foreign).pk, elsewhere.pk, crm.pk, "no-id"]
    rows = [wanted(crm, healthCheckTestActionId=str(w)) for w in wrong]
    errors = error_of(create(alice, *rows), 400)["details"]["connections"]
    assert [set(errors[str(n)]) for n in range(4)] == [{"healthCheckTestActionId"}] * 4
    assert not Connection.objects.exists()


def test_a_thousand_take_as_many_queries_as_one(crm: Integration, alice: APIClient) -> None:
    credential = {"type": "bearer", "secret": {"token": "canary"}}
    counted = []
    for n in (1, 1, 1000):
        rows = [wanted(crm, f"C{row}", credential=credential) for row in range(n)]
        with CaptureQueriesContext(database) as queries:
            assert create(alice, *rows).status_code == 201
        counted.append(len(queries))
    assert counted[1] == counted[2]
    assert Credential.objects.count() == ConnectionHealth.objects.count() == 1002


@pytest.mark.parametrize("rows", [[], None, 5, "x", {}])
def test_what_is_no_list_of_connections_is_refused(alice: APIClient, rows: Any) -> None:
    assert set(error_of(alice.post(URL, {"connections": rows}), 400)["details"]) == {"connections"}


def test_more_than_a_thousand_are_refused(crm: Integration, alice: APIClient) -> None:
    answer = create(alice, *([wanted(crm)] * 1001))
    assert set(error_of(answer, 400)["details"]) == {"connections"}
    assert not Connection.objects.exists()


def test_an_operator_and_a_viewer_create_nothing(
    crm: Integration, bob: APIClient, victor: APIClient
) -> None:
    one_at_a_time = bob.post("/api/v1/connections", wanted(crm))
    refused = create(bob, wanted(crm))
    assert error_of(refused, 403) == error_of(one_at_a_time, 403)
    error_of(bob.post(URL, [wanted(crm)]), 403)
    error_of(create(victor, wanted(crm)), 403)
    assert not Connection.objects.exists()


# --- Acting -----------------------------------------------------------------------------------


def test_many_are_paused_and_resumed(crm: Integration, bob: APIClient) -> None:
    ids = [make_connection(crm, f"C{n}").pk for n in range(3)]
    answer = act(bob, "pause", ids[0], ids[1], ids[0])
    assert answer.json()["data"] == {"action": "pause", "count": 2}
    assert statuses() == ["paused", "paused", "active"]
    assert [due_at(pk) is None for pk in ids] == [True, True, False]
    assert act(bob, "resume", *ids).json()["data"] == {"action": "resume", "count": 3}
    assert statuses() == ["active"] * 3
    assert None not in [due_at(pk) for pk in ids]


def test_those_that_are_so_already_are_not_disturbed(crm: Integration, bob: APIClient) -> None:
    active, paused = make_connection(crm), make_connection(crm, status="paused")
    set_health(active, claim_id=new_id())
    act(bob, "resume", active.pk, paused.pk)
    assert ConnectionHealth.objects.get(pk=active.pk).claim_id is not None


@pytest.mark.parametrize("action", ["pause", "resume"])
def test_a_disabled_one_and_none_is_switched(crm: Integration, bob: APIClient, action: str) -> None:
    other = make_connection(crm, status="active" if action == "pause" else "paused")
    disabled = make_connection(crm, status="disabled")
    before = statuses()
    error = error_of(act(bob, action, other.pk, disabled.pk), 409)
    assert error["details"] == {"ids": [str(disabled.pk)]}
    assert statuses() == before


@pytest.mark.parametrize("action", ["pause", "resume", "check"])
def test_an_id_of_another_and_of_nothing_and_none_is_switched(
    crm: Integration, stranger: Tenant, bob: APIClient, action: str
) -> None:
    own = make_connection(crm)
    foreign = make_connection(make_integration(stranger))
    before = list(ConnectionHealth.objects.order_by("pk").values())
    error = error_of(act(bob, action, own.pk, foreign.pk, new_id()), 400)
    assert error["details"] == {"ids": {"1": NONE_WITH_THIS_ID, "2": NONE_WITH_THIS_ID}}
    assert statuses() == ["active", "active"]
    assert list(ConnectionHealth.objects.order_by("pk").values()) == before


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({"action": "delete", "ids": [str(new_id())]}, {"action", "ids"}),
        ({"action": "pause", "ids": []}, {"ids"}),
        ({"action": "pause", "ids": ["no-id"]}, {"ids"}),
        ({"action": "pause", "ids": [{}]}, {"ids"}),
        ({"action": "pause", "ids": "all"}, {"ids"}),
        ({"action": "pause", "ids": [str(new_id())] * 1001}, {"ids"}),
        ({"action": "pause"}, {"ids"}),
        ({"ids": [str(new_id())], "colour": "red"}, {"colour"}),
        ({"action": "pause", "ids": [], "connections": []}, {"action", "ids"}),
        ({}, {"action", "ids"}),
        ("pause", {"nonFieldErrors"}),
    ],
)
def test_a_body_that_means_nothing_is_refused_by_name(
    alice: APIClient, body: Any, wrong: set[str]
) -> None:
    assert set(error_of(alice.post(URL, body), 400)["details"]) == wrong


def test_a_thousand_are_paused_in_as_many_queries_as_one(
    crm: Integration, bob: APIClient, alice: APIClient
) -> None:
    made = create(alice, *(wanted(crm, f"C{n}") for n in range(1000))).json()["data"]
    ids = [row["id"] for row in made]
    act(bob, "check", ids[0])  # which also notes the use of the key
    for action in ("pause", "resume", "check"):
        counted = []
        for some in (ids[:1], ids[1:]):
            with CaptureQueriesContext(database) as queries:
                assert act(bob, action, *some).status_code == 200
            counted.append(len(queries))
        assert counted[0] == counted[1], action


# --- Checking ---------------------------------------------------------------------------------


def checked_lately(connection: Connection) -> None:
    """As if the schedule had just checked it: the next slot is fourteen minutes away."""
    slot_at = timezone.now() - dt.timedelta(minutes=1)
    due = slot_at + dt.timedelta(minutes=15)
    set_health(
        connection, anchor_at=slot_at, slot_at=slot_at, due_at=due, interval_seconds=900, slots=0
    )


def test_many_are_checked_at_once_and_keep_their_slots(crm: Integration, bob: APIClient) -> None:
    connections = [make_connection(crm, f"C{n}") for n in range(3)]
    for connection in connections:
        checked_lately(connection)
    slots = dict(ConnectionHealth.objects.values_list("pk", "slot_at"))
    assert act(bob, "check", *slots).json()["data"] == {"action": "check", "count": 3}
    claimed = dispatch()
    assert claimed is not None
    assert {claim.connection_id for claim in claimed.claims} == set(slots)
    for row in ConnectionHealth.objects.all():
        assert (row.slot_at, row.anchor_at) == (slots[row.pk], slots[row.pk])
        assert (row.slots, row.slots_missed) == (0, 0)


def test_checking_respects_the_budget(acme: Tenant, bob: APIClient) -> None:
    slow = make_integration(acme, requests_per_second=1)
    connections = [make_connection(slow, f"C{n}") for n in range(20)]
    for connection in connections:
        checked_lately(connection)
    act(bob, "check", *(connection.pk for connection in connections))
    claimed = dispatch()
    assert claimed is not None
    assert 4 <= len(claimed.claims) <= 5  # nine tenths of a call a second, for five seconds
    assert claimed.deferred == 20 - len(claimed.claims)


def test_a_check_under_way_is_left_alone(crm: Integration, bob: APIClient) -> None:
    connection = make_connection(crm)
    checked_lately(connection)
    lease = timezone.now() + dt.timedelta(minutes=1)
    set_health(connection, claim_id=new_id(), claimed_by_hand=True, lease_until=lease)
    before = ConnectionHealth.objects.values().get()
    assert act(bob, "check", connection.pk).status_code == 200
    assert ConnectionHealth.objects.values().get() == before


def test_what_is_not_being_checked_is_named_and_none_is_checked(
    acme: Tenant, crm: Integration, bob: APIClient
) -> None:
    fine, paused = make_connection(crm), make_connection(crm, status="paused")
    drafted = make_connection(make_integration(acme, "Draft", status="draft"))
    checked_lately(fine)
    before = due_at(fine.pk)
    error = error_of(act(bob, "check", fine.pk, paused.pk, drafted.pk), 409)
    assert sorted(error["details"]["ids"]) == sorted([str(paused.pk), str(drafted.pk)])
    assert due_at(fine.pk) == before


def test_a_viewer_does_nothing(crm: Integration, victor: APIClient) -> None:
    connection = make_connection(crm)
    for action in ("pause", "resume", "check"):
        error_of(act(victor, action, connection.pk), 403)
