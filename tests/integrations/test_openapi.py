"""What an OpenAPI document becomes, and which documents are refused."""

import json
import time
from collections.abc import Mapping
from typing import Any

import pytest

from integrations.models import Action
from integrations.openapi.document import ImportRefused
from integrations.openapi.importing import Plan, plan

BEARER = {"type": "http", "scheme": "bearer"}
KEY = {"type": "apiKey", "in": "header", "name": "X-Key"}
OAUTH = {
    "type": "oauth2",
    "flows": {
        "authorizationCode": {
            "authorizationUrl": "https://example.com/consent",
            "tokenUrl": "/token",
            "scopes": {"read": "", "write": ""},
        }
    },
}


def document(
    paths: Mapping[str, Any] | None = None,
    *,
    schemes: Mapping[str, Any] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """A document with one operation, GET /me, unless told otherwise."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "Acme CRM"},
        "servers": [{"url": "https://api.example.com/v1/"}],
        "components": {"securitySchemes": schemes or {}},
        "paths": paths or {"/me": {"get": {}}},
        **more,
    }


def planned(*args: Any, **fields: Any) -> Plan:
    return plan(document(*args, **fields), {})


def action_of(operation: Mapping[str, Any], path: str = "/things", **fields: Any) -> Action:
    [action] = planned({path: {"get": operation}}, **fields).actions
    return action


def test_title_server_and_operations_become_an_integration() -> None:
    made = planned(
        {
            "/users/{user-id}": {
                "parameters": [{"name": "user-id", "in": "path", "required": True}],
                "get": {"summary": "Get a\nuser", "tags": ["users"], "operationId": "getUser"},
                "delete": {"operationId": "deleteUser"},
                "x-own": {},
            },
            "x-own": {"get": {}},
        }
    )
    assert (made.fields["name"], made.fields["base_url"]) == (
        "Acme CRM",
        "https://api.example.com/v1",
    )
    get, delete = made.actions
    assert (get.name, get.method, get.path) == ("Get a user", "GET", "/users/{user_id}")
    assert get.parameters == [{"name": "user_id", "in": "path", "required": True}]
    assert get.tags == ["users"]
    assert (delete.name, delete.method, delete.harmless) == ("deleteUser", "DELETE", False)
    assert made.candidates == []
    assert "No operation can be called as it is" in " ".join(made.warnings)


@pytest.mark.parametrize(
    ("servers", "base_url", "warning"),
    [
        (["http://a.example.com", "https://b.example.com"], "https://b.example.com", "http://a."),
        (["/v1", "http://a.example.com"], "http://a.example.com", "left out: /v1"),
        (
            [{"url": "https://{your-site}.example.com", "variables": {
                "your-site": {"default": "acme", "enum": ["acme", "depot"]}}}],
            "https://{your_site}.example.com",
            "variable your_site: one of acme, depot; the document's default is acme",
        ),
        (
            [{"url": "{scheme}://a.example.com:{port}/{v}", "variables": {
                "scheme": {"default": "https"}, "port": {"default": "8443"},
                "v": {"default": "v2", "enum": ["v2"]}}}],
            "https://a.example.com:8443/v2",
            "",
        ),
    ],
)  # fmt: skip
def test_the_first_server_with_https_is_taken(
    servers: list[Any], base_url: str, warning: str
) -> None:
    listed = [{"url": server} if isinstance(server, str) else server for server in servers]
    made = planned(servers=listed)
    assert made.fields["base_url"] == base_url
    assert warning in " ".join(made.warnings)


@pytest.mark.parametrize(
    ("servers", "complaint"),
    [
        ([], "It names no server."),
        ([{"url": "/api"}], "/servers/0/url: /api is relative."),
        ([{"url": "https://me:secret@example.com"}], "/servers/0/url: "),
        ([{"url": "https://example.com/?key=1"}], "/servers/0/url: "),
        ([{"url": "http://169.254.169.254/v1"}], "/servers/0/url: The host is a private"),
        ([{"url": "https://example.com/" + "x" * 2000}], "/servers/0/url: "),
        ("https://example.com", "It names no server."),
    ],
)
def test_without_a_server_that_can_be_called_the_base_url_is_asked_for(
    servers: Any, complaint: str
) -> None:
    with pytest.raises(ImportRefused) as refusal:
        planned(servers=servers)
    assert refusal.value.field == "baseUrl"
    assert refusal.value.text.startswith(complaint)
    assert refusal.value.text.endswith("Give the address of the API as baseUrl.")
    made = plan(document(servers=servers), {"base_url": "https://crm.example.com"})
    assert made.fields["base_url"] == "https://crm.example.com"


@pytest.mark.parametrize(
    ("scheme", "auth"),
    [
        (BEARER, {"type": "bearer"}),
        ({"type": "http", "scheme": "Basic"}, {"type": "basic"}),
        (KEY, {"type": "api_key_header", "header": "X-Key"}),
        (
            {"type": "apiKey", "in": "query", "name": "key"},
            {"type": "api_key_query", "parameter": "key"},
        ),
        ({"type": "openIdConnect", "openIdConnectUrl": "https://example.com"}, {"type": "bearer"}),
        ({"type": "oauth2", "flows": {"implicit": {}}}, {"type": "bearer"}),
        ({"type": "apiKey", "in": "cookie", "name": "sid"}, {"type": "none"}),
        ({"type": "http", "scheme": "digest"}, {"type": "none"}),
        ({"type": "apiKey", "in": "header", "name": "X Y"}, {"type": "none"}),
        ({"$ref": "#/components/securitySchemes/token"}, {"type": "none"}),
        ("bearer", {"type": "none"}),
    ],
)
def test_a_security_scheme_becomes_a_way_to_authenticate(scheme: Any, auth: Any) -> None:
    made = planned(schemes={"token": scheme}, security=[{"token": []}])
    assert made.fields["auth"] == auth
    assert bool(made.warnings) == (
        auth["type"] == "none" or scheme["type"] in {"oauth2", "openIdConnect"}
    )


def test_oauth_asks_for_what_the_test_action_needs() -> None:
    made = planned(schemes={"consent": OAUTH}, security=[{"consent": ["read"]}])
    assert made.fields["auth"] == {
        "type": "oauth2",
        "grantType": "authorization_code",
        "tokenUrl": "https://api.example.com/token",
        "authorizeUrl": "https://example.com/consent",
        "scopes": ["read"],
    }


def test_the_way_that_most_operations_accept_is_taken() -> None:
    schemes = {"token": BEARER, "key": KEY, "consent": OAUTH}
    made = planned(
        {
            "/a": {"get": {"security": [{"token": []}]}},
            "/b": {"get": {"security": [{"key": []}, {"consent": []}]}},
            "/c": {"get": {"security": [{"consent": []}, {"key": []}]}},
        },
        schemes=schemes,
    )
    assert made.fields["auth"]["type"] == "api_key_header"  # of two equals what can be pasted
    assert [found.action.path for found in made.candidates] == ["/b", "/c", "/a"]
    assert "Others exist: bearer, oauth2" in " ".join(made.warnings)


def test_keys_that_go_together_are_sent_together() -> None:
    schemes = {"app": KEY | {"name": "X-App"}, "key": KEY}
    made = planned(schemes=schemes, security=[{"key": [], "app": []}])
    assert made.fields["auth"] == {"type": "headers", "names": ["X-App", "X-Key"]}


def test_a_document_without_security_says_so() -> None:
    assert "says nothing of authentication" in " ".join(planned().warnings)
    made = planned(schemes={"token": BEARER})
    assert made.fields["auth"] == {"type": "bearer"}  # named, though nothing is said to need it


def test_needed_parameters_are_filled_by_what_the_document_prescribes() -> None:
    parameters = [
        {"name": "X-Version", "in": "header", "schema": {"default": "2026-01-01"}},
        {"name": "X-Other", "in": "header", "required": True, "example": "5"},
        {"name": "limit", "in": "query", "schema": {"default": 30}},
        {"name": "all", "in": "query", "required": True, "schema": {"default": True}},
        {"name": "kind", "in": "query", "required": True, "schema": {"enum": ["a", "b"]}},
        {"name": "id", "in": "query", "required": True, "example": "17"},
        {"$ref": "#/components/parameters/page"},
    ]
    action = action_of(
        {"parameters": parameters},
        components={"parameters": {"page": {"name": "page", "in": "query"}}},
    )
    assert {p["name"]: p.get("default") for p in action.parameters} == {
        "X-Version": "2026-01-01", "X-Other": "5", "limit": None, "all": "true", "kind": "a",
        "id": None, "page": None,
    }  # fmt: skip


def test_what_vitals_sends_itself_or_nobody_needs_is_no_parameter() -> None:
    parameters = [
        {"name": "X-Key", "in": "header", "required": True},
        {"name": "Authorization", "in": "header", "required": True},
        {"name": "session", "in": "cookie"},
        {"name": "$filter", "in": "query"},
        {"name": "unused", "in": "path", "required": True},
        "nothing",
    ]
    schemes = {"key": KEY}
    assert action_of({"parameters": parameters}, schemes=schemes).parameters == []


@pytest.mark.parametrize(
    ("operation", "path", "reason"),
    [
        ({"parameters": [{"name": "s", "in": "cookie", "required": True}]}, "/x", "parameter s"),
        ({"parameters": [{"name": "$f", "in": "query", "required": True}]}, "/x", "parameter $f"),
        ({"parameters": [{"$ref": "#/a"}]}, "/x", "#/a leads nowhere"),
        ({"parameters": [{"$ref": "#/components/loop"}]}, "/x", "in a circle"),
        ({"servers": [{"url": "https://other.example.com"}]}, "/x", "a server of its own"),
        (
            {"parameters": [{"name": f"p{n}", "in": "query"} for n in range(101)]},
            "/x",
            "at most 100",
        ),
        ({}, "/a b", "its path does not fit"),
        ({}, "x", "Start the path with a slash"),
        ({}, "/x/{}{a-b}{a_b}", "cannot be told apart"),
        ({}, "/" + "x" * 3000, "its path does not fit"),
    ],
)
def test_an_operation_that_cannot_be_called_is_left_out_with_its_reason(
    operation: dict[str, Any], path: str, reason: str
) -> None:
    loop = {"loop": {"$ref": "#/components/loop"}}
    made = planned({path: {"get": operation}, "/me": {"get": {}}}, components=loop)
    assert [action.path for action in made.actions] == ["/me"]
    [warning] = [text for text in made.warnings if "is left out" in text]
    assert warning.startswith(f"GET {path[:200]} is left out: ")
    assert reason in warning


def test_warnings_are_cut_where_they_are_too_many() -> None:
    made = planned({f"x{n}": {"get": {}} for n in range(200)} | {"/me": {"get": {}}})
    assert len(made.warnings) == 101
    assert made.warnings[-1].startswith("… and ")


@pytest.mark.parametrize(
    ("uploaded", "complaint"),
    [
        (["openapi"], "It is not an OpenAPI document"),
        ({"swagger": "2.0"}, "/swagger: It is of version 2."),
        ({"openapi": "4.0.0"}, "/openapi: "),
        ({"openapi": True}, "/openapi: "),
        ({}, "/openapi: "),
        (document(paths={"x-none": {}}), "/paths: There is no operation in it."),
        (document(info={}), "/info/title: "),
        (document(info={"title": "\u200b"}), "/info/title: "),
        (
            document({f"/{n}": {"get": {}} for n in range(2001)}),
            "/paths: It has more than 2,000 operations",
        ),
        (document({"/x": {"$ref": "paths.yaml#/x"}}), "/paths/~1x/$ref: It refers to paths.yaml"),
        (
            document(components={"schemas": {"A": {"$ref": "https://example.com/a"}}}),
            "/components/schemas/A/$ref: It refers to https://example.com/a",
        ),
        ("{", "It is not JSON: look at line 1, column 2."),
        ("openapi: 3.1.0\npaths: [", "It is not YAML: "),
    ],
)
def test_what_cannot_be_imported_is_refused_by_its_place(uploaded: Any, complaint: str) -> None:
    with pytest.raises(ImportRefused) as refusal:
        plan(uploaded, {})
    assert refusal.value.text.startswith(complaint)
    assert "\n" not in refusal.value.text


def test_a_reference_in_an_example_refers_to_nothing() -> None:
    components = {"examples": {"a": {"value": {"$ref": "a.json"}}}}
    assert planned(components=components).actions


def test_cycles_among_schemas_are_left_alone() -> None:
    schemas = {"A": {"properties": {"a": {"$ref": "#/components/schemas/A"}}}}
    action = action_of(
        {
            "parameters": [
                {"name": "a", "in": "query", "schema": {"$ref": "#/components/schemas/A"}}
            ]
        },
        components={"schemas": schemas},
    )
    assert action.parameters == [{"name": "a", "in": "query", "required": False}]


def test_what_many_operations_refer_to_is_not_read_at_length_each_time() -> None:
    long = {
        "description": "word " * 20_000,
        "parameters": [{"name": "a", "in": "query"}] * 20_000,
        "security": [{f"s{n}": [] for n in range(20_000)}],
        "servers": [{"url": "https://api.example.com/v1/"}] * 20_000,
    }
    began = time.process_time()
    made = planned(
        {f"/{n}": {"$ref": "#/components/pathItems/long"} for n in range(300)},
        components={"pathItems": {"long": {"get": long}}},
        servers=[{"url": "https://api.example.com/v1/"}] * 20_000,
    )
    assert len(made.actions) == 300
    assert time.process_time() - began < 3  # many seconds, if it were


def test_json_and_yaml_say_the_same() -> None:
    in_json = plan(json.dumps(document()), {})
    in_yaml = plan(
        "openapi: 3.1.0\ninfo: {title: Acme CRM}\nservers:\n- url: https://api.example.com/v1/\n"
        "paths:\n  /me:\n    get: {responses: {200: {description: on}}}\n",
        {},
    )
    assert in_json.fields == in_yaml.fields
    assert [a.path for a in in_json.actions] == [a.path for a in in_yaml.actions]
