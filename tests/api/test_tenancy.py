"""Nothing of another tenant can be read, changed or detected."""

import sys
import uuid
from typing import Any

import pytest
from django.apps import apps
from rest_framework.relations import PrimaryKeyRelatedField
from rest_framework.test import APIClient

from tenants import row_security, scoping
from tenants.models import Tenant
from tests.api.routes import tenant_routes
from tests.api.test_envelope import error_of
from tests.factories import (
    make_connection,
    make_integration,
)

OURS = (
    "tenants",
    "integrations",
    "connections",
    "maintenance",
    "healthchecks",
    "incidents",
    "notifications",
)
WITH_IDS = [
    (method, route) for route in tenant_routes() if "_id}" in route.name for method in route.methods
]


def everything() -> dict[str, list[Any]]:
    """Return all rows of all tables, but for the last use of keys."""
    return {
        model.__name__: list(
            model._default_manager.order_by("pk").values(
                *(f.attname for f in model._meta.concrete_fields if f.name != "last_used_at")
            )
        )
        for app in OURS
        for model in apps.get_app_config(app).get_models()
    }


def switch_scoping_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every look-up see all rows, so that nothing but PostgreSQL's row security is left."""
    for module in list(sys.modules.values()):
        if getattr(module, "visible", None) is scoping.visible:
            monkeypatch.setattr(module, "visible", lambda rows, request: rows)
    unscoped = PrimaryKeyRelatedField.get_queryset
    monkeypatch.setattr(scoping.OwnedField, "get_queryset", unscoped)


@pytest.fixture(params=["both walls", "row security alone"])
def walls(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "row security alone":
        switch_scoping_off(monkeypatch)


def test_without_scoping_and_row_security_anothers_ids_would_be_found(
    acmes: dict[str, object], charlie: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    switch_scoping_off(monkeypatch)
    path = f"/api/v1/integrations/{acmes['integration_id']}"
    assert charlie.get(path).status_code == 404
    monkeypatch.setattr("tenants.views.for_tenant", lambda pk: row_security.for_all_tenants())
    assert charlie.get(path).status_code == 200


@pytest.mark.usefixtures("walls")
@pytest.mark.parametrize(("method", "route"), WITH_IDS, ids=lambda part: str(part))
def test_anothers_ids_are_answered_like_ids_of_nothing(
    method: str, route: Any, acmes: dict[str, object], charlie: APIClient
) -> None:
    before = everything()
    body = '{"name": "Mine now", "type": "bearer", "secret": {"token": "x"}, "path": "/x"}'
    answers = [
        charlie.generic(method, route.path(ids), body, content_type="application/json")
        for ids in (acmes, dict.fromkeys(acmes, uuid.uuid4()), dict.fromkeys(acmes, "no-id"))
    ]
    errors = [error_of(answer, 404) for answer in answers]
    assert errors[0] == errors[1] == errors[2]
    assert everything() == before


def test_an_action_is_found_only_below_its_own_integration(
    acme: Tenant, alice: APIClient, acmes: dict[str, object]
) -> None:
    other = make_integration(acme, "Other")
    error_of(alice.delete(f"/api/v1/integrations/{other.pk}/actions/{acmes['action_id']}"), 404)


@pytest.mark.usefixtures("walls")
def test_anothers_ids_in_a_body_are_refused_like_ids_of_nothing(
    acmes: dict[str, Any], charlie: APIClient, stranger: Tenant
) -> None:
    own = make_integration(stranger)
    connection = make_connection(own)
    for wrong in (acmes["integration_id"], uuid.uuid4(), "no-id"):
        answer = charlie.post("/api/v1/connections", {"name": "x", "integrationId": str(wrong)})
        assert error_of(answer, 400)["details"] == {
            "integrationId": ["There is none with this id."]
        }
    for wrong in (acmes["action_id"], uuid.uuid4(), "no-id"):
        patched = charlie.patch(
            f"/api/v1/connections/{connection.pk}", {"healthCheckTestActionId": str(wrong)}
        )
        assert "healthCheckTestActionId" in error_of(patched, 400)["details"]
        configured = charlie.patch(
            f"/api/v1/integrations/{own.pk}", {"healthCheckConfig": {"testActionId": str(wrong)}}
        )
        assert "healthCheckConfig" in error_of(configured, 400)["details"]


@pytest.mark.usefixtures("walls")
def test_lists_and_sums_hold_only_ones_own(acmes: dict[str, object], charlie: APIClient) -> None:
    for path in (
        "integrations",
        "connections",
        "health-checks",
        "alerts",
        "state-changes",
        "maintenance-windows",
        "incidents",
        "notification-channels",
        "notification-deliveries",
        "notices",
    ):
        assert charlie.get(f"/api/v1/{path}").json()["data"] == []
    assert charlie.get("/api/v1/health-checks/summary").json()["data"]["totalConnections"] == 0
    assert charlie.get("/api/v1/health/integrations").json() == []
    filtered = f"/api/v1/connections?integrationId={acmes['integration_id']}"
    assert charlie.get(filtered).json()["data"] == []
