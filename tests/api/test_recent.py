"""The latest checks of many connections at once."""

import datetime as dt
import uuid

import pytest
from rest_framework.test import APIClient

from connections.models import Connection
from tenants.models import Tenant
from tests.api.test_envelope import error_of
from tests.factories import make_check, make_connection, make_integration

PATH = "/api/v1/health-checks/recent"
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def connection(acme: Tenant) -> Connection:
    return make_connection(make_integration(acme))


def test_each_connection_has_its_latest_checks_in_the_order_that_was_asked_for(
    connection: Connection, victor: APIClient
) -> None:
    crm = connection.integration
    other, new = make_connection(crm, "Other"), make_connection(crm, "New")
    for minutes in (3, 1, 2):
        make_check(connection, ago=minutes * MINUTE, latency_ms=minutes)
    make_check(
        other, status="unhealthy", outcome="failed", failure_cause="provider", maintenance=True
    )
    asked = f"{new.pk},{connection.pk},{other.pk},{new.pk}"
    data = victor.get(f"{PATH}?connectionId={asked}&limit=2").json()["data"]
    assert [row["connectionId"] for row in data] == asked.split(",")[:3]
    assert [[check["latencyMs"] for check in row["checks"]] for row in data] == [[], [1, 2], [156]]
    [check] = data[2]["checks"]
    assert (check["failureCause"], check["maintenance"]) == ("provider", True)


@pytest.mark.usefixtures("connection")
def test_ids_of_nothing_and_of_others_are_left_out(
    acmes: dict[str, object], charlie: APIClient
) -> None:
    asked = f"{acmes['connection_id']},{uuid.uuid4()}"
    assert charlie.get(f"{PATH}?connectionId={asked}").json()["data"] == []


@pytest.mark.parametrize("wrong", ["", "no-id", ",".join(str(uuid.uuid4()) for _ in range(101))])
def test_what_is_no_list_of_ids_is_refused(victor: APIClient, wrong: str) -> None:
    details = error_of(victor.get(f"{PATH}?connectionId={wrong}"), 400)["details"]
    assert list(details) == ["connectionId"]
