"""An OpenAPI document becomes an integration by one request, whole or not at all."""

import json
from typing import Any

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from integrations.models import Action, Integration
from tests.api.test_documents import LAUGHS
from tests.api.test_envelope import error_of

IMPORT = "/api/v1/integrations/import"
DOCUMENT: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "Acme CRM"},
    "servers": [{"url": "https://api.example.com"}],
    "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
    "security": [{"token": []}],
    "paths": {
        "/ping": {"get": {"security": []}},
        "/me": {"get": {"summary": "Who am I"}},
        "/things": {"get": {}, "post": {"requestBody": {}}},
        "/broken path": {"get": {}},
    },
}
YAML = """
openapi: 3.1.0
info: {title: Depot}
servers: [{url: https://depot.example.com}]
paths: {/me: {get: {responses: {200: {description: fine}}}}}
"""


def test_it_answers_with_what_it_made(alice: APIClient) -> None:
    answer = alice.post(IMPORT, DOCUMENT)
    assert answer.status_code == 201, answer.content
    made = answer.json()["data"]
    integration = Integration.objects.get()
    shown = alice.get(f"/api/v1/integrations/{integration.pk}").json()["data"]
    assert made["integration"] == shown
    assert (shown["status"], shown["auth"]) == ("draft", {"type": "bearer"})
    me = integration.actions.get(path="/me")
    assert shown["healthCheckConfig"]["testActionId"] == str(me.pk)
    assert made["actionsCreated"] == 4
    assert [found["path"] for found in made["candidates"]] == ["/me", "/things", "/ping"]
    assert made["candidates"][0] == {
        "actionId": str(me.pk), "name": "Who am I", "method": "GET", "path": "/me", "score": 80,
        "reasons": ["answers who the credential belongs to (+60)", "needs the credential (+20)"],
    }  # fmt: skip
    assert [text.split(",")[0] for text in made["warnings"]] == [
        "Request bodies are left out",
        "GET /broken path is left out: its path does not fit: A path has no spaces",
    ]
    assert [a.path for a in integration.actions.all()] == ["/ping", "/me", "/things", "/things"]


def test_each_action_has_a_name_of_its_own(alice: APIClient) -> None:
    alike = {"summary": "List"}
    paths = {"/a": {"get": alike}, "/b": {"get": alike, "post": {"summary": "List (2)"}}}
    assert alice.post(IMPORT, DOCUMENT | {"paths": paths}).status_code == 201
    names = Action.objects.order_by("position").values_list("name", flat=True)
    assert list(names) == ["List", "List (2)", "List (2) (2)"]


@pytest.mark.parametrize(
    "kind",
    [
        "application/yaml", "application/x-yaml", "text/yaml; charset=utf-8",
        "application/vnd.oai.openapi;version=3.1", "application/openapi+yaml",
    ],
)  # fmt: skip
def test_yaml_is_taken_as_it_is(alice: APIClient, kind: str) -> None:
    assert alice.generic("POST", IMPORT, YAML, content_type=kind).status_code == 201
    assert Integration.objects.get().name == "Depot"


@pytest.mark.parametrize("inside", [DOCUMENT, YAML, json.dumps(DOCUMENT)])
def test_an_object_around_it_says_what_it_shall_not_decide(alice: APIClient, inside: Any) -> None:
    wishes = {"name": "Mine", "baseUrl": "https://crm.example.com/api", "status": "active"}
    assert alice.post(IMPORT, {"document": inside, **wishes}).status_code == 201
    made = Integration.objects.get()
    assert (made.name, made.base_url, made.status) == (
        "Mine", "https://crm.example.com/api", "active",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("body", "field", "complaint"),
    [
        ({}, "document", "/openapi: "),
        ([], "document", "as an object, or as text"),
        ({"document": 5}, "document", "as an object, or as text"),
        ({"document": DOCUMENT, "colour": "red"}, "colour", "Unknown field."),
        ({"document": DOCUMENT, "baseUrl": "ftp://x"}, "baseUrl", "http"),
        (
            {"document": DOCUMENT, "baseUrl": "http://127.1"},
            "baseUrl",
            "private, local or reserved",
        ),
        ({"document": DOCUMENT, "name": "a\nb"}, "name", "line breaks"),
        (DOCUMENT | {"servers": []}, "baseUrl", "Give the address of the API as baseUrl."),
        (DOCUMENT | {"info": {}}, "name", "/info/title: "),
        (DOCUMENT | {"paths": {"/a": {"$ref": "a.yaml"}}}, "document", "/paths/~1a/$ref: "),
        ({"swagger": "2.0"}, "document", "/swagger: "),
    ],
)
def test_what_is_wrong_is_refused_by_field_and_place(
    alice: APIClient, body: Any, field: str, complaint: str
) -> None:
    error = error_of(alice.post(IMPORT, body), 400)
    assert complaint in error["details"][field][0]
    assert not Integration.objects.exists()


def test_aliases_that_unfold_are_refused_unfolded(alice: APIClient) -> None:
    for more, complaint in (
        ("openapi: 3.1.0", "It has more than 500,000 values."),
        ("openapi: *i", "/openapi: "),
        ("document: {}\nstatus: *i", "/openapi: "),
    ):
        error = error_of(_send(alice, f"{LAUGHS}\n{more}", "application/yaml"), 400)
        assert error["details"]["document"][0].startswith(complaint)


def test_5_mib_are_taken_and_no_more(alice: APIClient) -> None:
    content = json.dumps(DOCUMENT).ljust(5 * 2**20)
    assert _send(alice, content).status_code == 201
    error = error_of(_send(alice, content + " "), 413)
    assert error["message"] == "The body is larger than 5 MiB."
    error_of(_send(alice, "a", "text/plain"), 415)


def test_it_is_whole_or_not_at_all(alice: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: Integration, **_: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(Integration, "save", _once_then(Integration.save, fail))
    error_of(alice.post(IMPORT, DOCUMENT), 500)
    assert not Integration.objects.exists()
    assert not Action.objects.exists()


def test_many_actions_cost_as_many_queries_as_few(alice: APIClient) -> None:
    counted = []
    for most in (1, 1, 50):  # the first also notes the use of the key
        paths: dict[str, Any] = {f"/things/{n}": {"get": {}} for n in range(most)}
        with CaptureQueriesContext(database) as queries:
            assert alice.post(IMPORT, DOCUMENT | {"paths": paths}).status_code == 201
        counted.append(len(queries))
    assert counted[1] == counted[2]


def _send(alice: APIClient, content: str, kind: str = "application/json") -> Any:
    return alice.generic("POST", IMPORT, content, content_type=kind)


def _once_then(first: Any, later: Any) -> Any:
    """Return a method that does one thing the first time and another after that."""
    waiting = [first]
    return lambda self, **given: (waiting.pop() if waiting else later)(self, **given)
