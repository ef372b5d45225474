"""A secret has its place in each request, and nothing else stands there."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from integrations.fitting import (
    action_misfits,
    misfits,
    needed_variables,
    secret_origin,
    validate_filling,
)

PATH_TOKEN = {"type": "path_token"}
KEY = {"type": "api_key_query", "parameter": "key"}
HEADER = {"type": "api_key_header", "header": "X-Key"}
HEADERS = {"type": "headers", "names": ["X-One", "Authorization"]}
OAUTH = {
    "type": "oauth2",
    "grantType": "client_credentials",
    "tokenUrl": "https://{region}.example.com/{app}/token",
}
KEYS = {"type": "query", "names": ["key", "token"]}
BODY = {"type": "json_body", "names": ["client_id", "client_secret"]}
API = "https://api.example.com"


@pytest.mark.parametrize(
    ("auth", "base_url", "headers", "action", "wrong"),
    [
        (PATH_TOKEN, API, {}, "/bot{token}/getMe", set()),
        (PATH_TOKEN, f"{API}/bot{{token}}", {}, "/getMe", set()),
        (PATH_TOKEN, API, {}, "/getMe", {"base_url"}),
        (PATH_TOKEN, "https://{token}.example.com", {}, "/getMe", {"base_url"}),
        (PATH_TOKEN, "https://{site}.example.com:{token}/x", {}, "/{token}", {"base_url"}),
        ({"type": "bearer"}, "https://{token}.example.com", {}, "/me", set()),
        (HEADER, API, {"x-key": "1"}, "/me", {"auth"}),
        (HEADERS, API, {"X-ONE": "1"}, "/me", {"auth"}),
        (HEADERS, API, {"X-Two": "1"}, "/me", set()),
        (KEY, API, {}, "/me?key=1", {"auth"}),
        (KEY, API, {}, "/me?monkey=1", set()),
        (OAUTH, API, {"authorization": "x"}, "/me", {"auth"}),
        (OAUTH | {"sendAs": HEADER}, API, {"x-key": "1"}, "/me", {"auth"}),
        (OAUTH | {"sendAs": KEY}, API, {}, "/me?key=1", {"auth"}),
        (KEYS, API, {}, "/me?token=1", {"auth"}),
        (BODY, API, {}, "/me", {"auth"}),
    ],
)
def test_an_integration_goes_together(
    auth: Any, base_url: str, headers: Any, action: str, wrong: set[str]
) -> None:
    actions = [{"name": "Current user", "path": action}]
    found = misfits(auth=auth, base_url=base_url, headers=headers, actions=actions)
    assert set(found) == wrong


@pytest.mark.parametrize(
    ("auth", "action", "wrong"),
    [
        (PATH_TOKEN, {"path": "/me"}, {"path"}),
        (PATH_TOKEN, {"path": "/me?access_token={token}"}, set()),
        (KEY, {"path": "/me?a=1&key"}, {"path"}),
        (KEY, {"path": "/me?%6Bey=1"}, {"path"}),
        (KEY, {"path": "/me", "parameters": [{"name": "key"}]}, {"parameters"}),
        (KEY, {"path": "/me", "parameters": [{"name": "key", "in": "header"}]}, set()),
        (KEYS, {"path": "/me?token"}, {"path"}),
        (KEYS, {"path": "/me", "parameters": [{"name": "token"}]}, {"parameters"}),
        (KEYS, {"path": "/me?page=1", "parameters": [{"name": "size"}]}, set()),
        (BODY, {"path": "/me", "method": "POST"}, set()),
        (BODY, {"path": "/me", "method": "POST", "body": {"scope": "x"}}, set()),
        (BODY, {"path": "/me", "method": "POST", "body": {"client_id": "x"}}, {"body"}),
        (BODY, {"path": "/me", "method": "POST", "body": "x"}, {"body"}),
        (BODY, {"path": "/me", "method": "GET"}, {"method"}),
        (KEY, {"path": "/{id}", "parameters": [{"name": "id", "default": "a/b"}]}, {"parameters"}),
        (KEY, {"path": "/?q={id}", "parameters": [{"name": "id", "default": "a/b"}]}, set()),
        (HEADER, {"path": "/me", "headers": {"x-KEY": "1"}}, {"headers"}),
        (HEADER, {"path": "/", "parameters": [{"name": "x-key", "in": "header"}]}, {"parameters"}),
        (
            {"type": "bearer"},
            {"path": "/", "parameters": [{"name": "authorization", "in": "header"}]},
            {"parameters"},
        ),
    ],
)
def test_an_action_goes_with_its_integration(auth: Any, action: Any, wrong: set[str]) -> None:
    assert set(action_misfits(auth=auth, base_url=API, action=action)) == wrong


def test_the_token_is_no_variable_of_a_connection() -> None:
    base_url = "https://{site}.example.com/bot{token}"
    assert needed_variables(PATH_TOKEN, base_url) == ["site"]
    assert needed_variables({"type": "none"}, base_url) == ["site", "token"]
    validate_filling(PATH_TOKEN, base_url, {"site": "acme"})
    with pytest.raises(ValidationError, match="as the credential"):
        validate_filling(PATH_TOKEN, base_url, {"site": "acme", "token": "x"})
    with pytest.raises(ValidationError, match="needs the variable site"):
        validate_filling(PATH_TOKEN, base_url, {})


def test_the_variables_of_a_token_url_are_a_connections_too() -> None:
    assert needed_variables(OAUTH, API) == ["region", "app"]
    validate_filling(OAUTH, API, {"region": "eu", "app": "a:b"})
    with pytest.raises(ValidationError, match="needs the variable region"):
        validate_filling(OAUTH, API, {"app": "a"})
    with pytest.raises(ValidationError, match="app is part of a path"):
        validate_filling(OAUTH, API, {"region": "eu", "app": "a/b"})
    own = OAUTH | {"tokenUrl": "https://{region}/token"}
    with pytest.raises(ValidationError, match="region: The host is a private"):
        validate_filling(own, API, {"region": "169.254.169.254", "app": "a"})
    with pytest.raises(ValidationError, match="region is part of the host"):
        validate_filling(OAUTH, API, {"region": "evil.test/", "app": "a"})


def test_a_secret_of_oauth_2_belongs_to_the_api_and_to_the_token_url() -> None:
    eu = secret_origin(OAUTH, API, {"region": "eu", "app": "a"})
    assert eu == secret_origin(OAUTH, API, {"region": "eu", "app": "b"})
    assert eu != secret_origin(OAUTH, API, {"region": "us", "app": "a"})
    assert eu != secret_origin(OAUTH, "https://other.example.com", {"region": "eu", "app": "a"})
