"""The request that an action makes for a connection."""

import base64
from typing import Any

import pytest

from connections.authorization import authorize
from connections.calls import build_request
from connections.encryption import Secret
from egress.answers import ProbeRequest
from integrations.models import Action, Integration
from integrations.templates import VariableMissing


def request(
    *,
    auth: Any = None,
    secret: Any = None,
    variables: Any = None,
    base_url: str = "https://{site}.example.com/api/",
    **action: Any,
) -> ProbeRequest:
    integration = Integration(
        base_url=base_url,
        auth=auth or {"type": "none"},
        headers={"Accept": "application/json"},
        timeout_ms=2500,
    )
    return build_request(
        integration,
        Action(**({"path": "/me", "method": "GET"} | action)),
        {"site": "acme"} | (variables or {}),
        Secret(secret) if secret else None,
    )


@pytest.mark.parametrize(
    ("auth", "secret", "header", "value"),
    [
        ({"type": "bearer"}, {"token": "t"}, "Authorization", "Bearer t"),
        ({"type": "bearer", "prefix": "token"}, {"token": "t"}, "Authorization", "token t"),
        (
            {"type": "basic"},
            {"username": "alice", "password": "ö:x"},
            "Authorization",
            "Basic " + base64.b64encode("alice:ö:x".encode()).decode(),
        ),
        ({"type": "api_key_header", "header": "X-Api-Key"}, {"key": "k"}, "X-Api-Key", "k"),
        (
            {"type": "api_key_header", "header": "X-Auth", "prefix": "Key"},
            {"key": "k"},
            "X-Auth",
            "Key k",
        ),
        (
            {"type": "api_key_header", "header": "X-Auth", "prefix": "Token token="},
            {"key": "k"},
            "X-Auth",
            "Token token=k",
        ),
    ],
)
def test_each_scheme_presents_its_secret(auth: Any, secret: Any, header: str, value: str) -> None:
    assert request(auth=auth, secret=secret).headers[header] == value


def test_headers_of_its_own_are_the_secrets() -> None:
    auth = {"type": "headers", "names": ["DD-API-KEY", "Authorization"]}
    made = request(auth=auth, secret={"DD-API-KEY": "k", "Authorization": "OAuth x"})
    assert made.headers["DD-API-KEY"] == "k"
    assert made.headers["Authorization"] == "OAuth x"


@pytest.mark.parametrize(
    ("path", "url"),
    [
        ("/me", "https://acme.example.com/api/me?key=a%26b%2F%C3%BC%20%23"),
        ("/me?x=1", "https://acme.example.com/api/me?x=1&key=a%26b%2F%C3%BC%20%23"),
    ],
)
def test_a_key_in_the_query_is_encoded(path: str, url: str) -> None:
    auth = {"type": "api_key_query", "parameter": "key"}
    assert request(auth=auth, secret={"key": "a&b/ü #"}, path=path).url == url


def test_several_keys_in_the_query_are_all_sent() -> None:
    auth = {"type": "query", "names": ["key", "token"]}
    made = request(auth=auth, secret={"key": "a&b", "token": "t"}, path="/me?x=1")
    assert made.url == "https://acme.example.com/api/me?x=1&key=a%26b&token=t"


@pytest.mark.parametrize(
    ("body", "sent"),
    [
        (None, b'{"id": "a", "secret": "\\"b"}'),
        ({"scope": "x"}, b'{"scope": "x", "id": "a", "secret": "\\"b"}'),
    ],
)
def test_a_secret_of_the_body_joins_the_actions_own_fields(body: Any, sent: bytes) -> None:
    auth = {"type": "json_body", "names": ["id", "secret"]}
    made = request(auth=auth, secret={"id": "a", "secret": '"b'}, method="POST", body=body)
    assert made.body == sent
    assert made.headers["Content-Type"] == "application/json"


TOKEN_IN_PATH: dict[str, Any] = {
    "auth": {"type": "path_token"},
    "secret": {"token": "12:A&b?#é%2e.."},
}


def test_a_token_in_the_path_is_encoded() -> None:
    made = request(**TOKEN_IN_PATH, path="/bot{token}/getMe")
    token = "12:A%26b%3F%23%C3%A9%252e.."
    assert made.url == f"https://acme.example.com/api/bot{token}/getMe"


@pytest.mark.parametrize("base_url", ["https://{token}.example.com/x", "https://a.b:{token}/"])
def test_a_token_never_stands_in_the_host(base_url: str) -> None:
    with pytest.raises(VariableMissing, match="token"):
        request(**TOKEN_IN_PATH, path="/{token}", base_url=base_url)


def test_a_token_without_a_place_is_not_left_out_in_silence() -> None:
    with pytest.raises(VariableMissing, match="token"):
        request(**TOKEN_IN_PATH, path="/getMe")


def test_no_variable_or_parameter_takes_the_place_of_the_secret() -> None:
    made = request(
        **TOKEN_IN_PATH,
        path="/{token}",
        variables={"token": "x"},
        parameters=[{"name": "token", "in": "path", "default": "y"}],
    )
    assert "12:A" in made.url
    for auth in ({"type": "bearer"}, {"type": "bearer", "prefix": "Key"}):
        shadowed = request(
            auth=auth,
            secret={"token": "t"},
            parameters=[{"name": "authorization", "in": "header", "default": "z"}],
        )
        named = [name for name in shadowed.headers if name.lower() == "authorization"]
        assert named == ["Authorization"]


def test_the_url_is_filled_from_base_path_and_parameters() -> None:
    made = request(
        path="/users/{id}/x?fixed=1",
        parameters=[
            {"name": "id", "in": "path", "required": True, "default": "7 7"},
            {"name": "page", "in": "query", "default": "1&2"},
            {"name": "left", "in": "query"},
            {"name": "X-Team", "in": "header", "required": True},
        ],
        variables={"X-Team": "blue"},
    )
    assert made.url == "https://acme.example.com/api/users/7%207/x?fixed=1&page=1%262"
    assert made.headers["X-Team"] == "blue"
    assert made.headers["Accept"] == "application/json"
    assert made.deadline == 2.5


def test_a_parameter_without_a_value_is_named() -> None:
    with pytest.raises(VariableMissing, match="team"):
        request(parameters=[{"name": "team", "in": "query", "required": True}])
    with pytest.raises(VariableMissing, match="org"):
        request(path="/{org}")


@pytest.mark.parametrize("value", ["..", ".", "../admin", "a/b", "a\\b"])
def test_no_value_leads_to_another_path(value: str) -> None:
    with pytest.raises(VariableMissing, match="id"):
        request(path="/users/{id}/me", variables={"id": value})
    with pytest.raises(VariableMissing, match="team"):
        request(base_url="https://x.test/{team}/api", variables={"team": value})
    made = request(path="/me?in={id}", variables={"id": value})
    assert made.url.startswith("https://acme.example.com/api/me?in=")


def test_a_path_with_dots_is_not_called() -> None:
    for path in ("/users/../admin", "/users/%2E%2e/admin", "/users/."):
        with pytest.raises(VariableMissing):
            request(path=path)
    with pytest.raises(VariableMissing, match="a"):
        request(path="/users/{a}{b}/x", variables={"a": ".", "b": "."})
    assert request(path="/.well-known/x...y").url.endswith("/.well-known/x...y")


def test_a_parameter_that_the_path_names_fills_it_whatever_its_place() -> None:
    made = request(path="/q?k={q}", parameters=[{"name": "q", "in": "query", "default": "d e"}])
    assert made.url == "https://acme.example.com/api/q?k=d%20e"


def test_a_value_that_no_header_can_carry_is_missing() -> None:
    with pytest.raises(VariableMissing, match="X-Team"):
        request(parameters=[{"name": "X-Team", "in": "header"}], variables={"X-Team": "ü\n"})


@pytest.mark.parametrize(
    ("body", "sent", "content_type"),
    [
        (None, None, None),
        ({"query": "{me}"}, b'{"query": "{me}"}', "application/json"),
        ("plain", b"plain", "text/plain; charset=utf-8"),
    ],
)
def test_a_body_is_json_or_text(body: Any, sent: bytes | None, content_type: str | None) -> None:
    made = request(method="POST", body=body)
    assert made.body == sent
    assert made.headers.get("Content-Type") == content_type


def test_a_request_does_not_show_its_secret() -> None:
    for auth, secret in (
        ({"type": "bearer"}, {"token": "canary"}),
        ({"type": "api_key_query", "parameter": "key"}, {"key": "canary"}),
        ({"type": "path_token"}, {"token": "canary"}),
        ({"type": "headers", "names": ["X"]}, {"X": "canary"}),
        ({"type": "query", "names": ["x"]}, {"x": "canary"}),
        ({"type": "json_body", "names": ["x"]}, {"x": "canary"}),
    ):
        made = request(auth=auth, secret=secret, path="/{token}", variables={"token": "x"})
        assert "canary" not in repr(made) + repr(authorize(auth, Secret(secret)))
