"""Which role may call what: the table in the code against api.md's sentence, route by route."""

import uuid
from collections import defaultdict

import pytest
from rest_framework.test import APIClient

from tenants.models import Role
from tenants.permissions import NEEDED_ROLE
from tests.api.routes import tenant_routes
from tests.api.test_envelope import error_of

# "operator also runs checks, pauses, resumes, mutes, acknowledges" (api.md).
OPERATORS = {
    "POST connections/{connection_id}/pause",
    "POST connections/{connection_id}/resume",
    "POST connections/{connection_id}/mute",
    "POST connections/{connection_id}/unmute",
    "POST integrations/{integration_id}/mute",
    "POST integrations/{integration_id}/unmute",
    "POST integrations/{integration_id}/actions/{action_id}/prove",  # makes calls, as a check does
    "POST alerts/{alert_id}/acknowledge",
    "POST incidents/{incident_id}/acknowledge",
    "POST connections/bulk",  # creating is refused by the handler, tests/api/test_bulk.py
    "POST connections/{connection_id}/health-checks",
    # Silence, as muting is.
    "POST notification-deliveries/{delivery_id}/retry",
    "POST maintenance-windows",
    "PATCH maintenance-windows/{window_id}",
    "DELETE maintenance-windows/{window_id}",
}
# What one has read is one's own.
VIEWERS = {"POST notices/read"}
# Who else comes in, and how, is shown to admins alone.
ADMINS = {"GET members", "GET api-keys"}
ENDPOINTS = [f"{method} {route.name}" for route in tenant_routes() for method in route.methods]
NO_IDS: defaultdict[str, object] = defaultdict(uuid.uuid4)


def test_the_table_has_a_line_for_each_endpoint_and_no_other() -> None:
    assert sorted(NEEDED_ROLE) == sorted(ENDPOINTS)


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_reading_is_for_viewers_running_for_operators_and_the_rest_for_admins(
    endpoint: str,
) -> None:
    reads = endpoint in VIEWERS or (endpoint.startswith("GET") and endpoint not in ADMINS)
    usual = Role.VIEWER if reads else Role.ADMIN
    assert NEEDED_ROLE[endpoint] == (Role.OPERATOR if endpoint in OPERATORS else usual)


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_each_endpoint_lets_in_its_role_and_those_above(
    endpoint: str, nobody: APIClient, victor: APIClient, bob: APIClient, alice: APIClient
) -> None:
    method, _, name = endpoint.partition(" ")
    path = "/api/v1/" + name.format_map(NO_IDS)
    error_of(nobody.generic(method, path), 401)
    for client, role in ((victor, Role.VIEWER), (bob, Role.OPERATOR), (alice, Role.ADMIN)):
        answer = client.generic(method, path, "{}", content_type="application/json")
        if role.includes(NEEDED_ROLE[endpoint]):
            assert answer.status_code not in {401, 403}
        else:
            assert str(NEEDED_ROLE[endpoint]) in error_of(answer, 403)["message"]
