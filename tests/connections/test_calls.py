"""The request that an action makes for a connection."""

import base64
from typing import Any

import pytest

from connections.calls import build_request
from connections.encryption import Secret
from egress.answers import ProbeRequest
from integrations.models import Action, Integration
from integrations.templates import VariableMissing


def request(
    *, auth: Any = None, secret: Any = None, variables: Any = None, **action: Any
) -> ProbeRequest:
    integration = Integration(
        base_url="https://{site}.example.com/api/",
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
    ],
)
def test_each_scheme_presents_its_secret(auth: Any, secret: Any, header: str, value: str) -> None:
    assert request(auth=auth, secret=secret).headers[header] == value


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
    made = request(auth={"type": "bearer"}, secret={"token": "canary"})
    assert "canary" not in repr(made)
