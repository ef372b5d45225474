"""What an integration's `auth` may say, and what a secret for it may hold."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from jsonschema import Draft202012Validator

from integrations.auth import (
    AUTH,
    SCHEMES,
    SECRETS,
    secret_fields,
    validate_auth,
    validate_secret,
)
from integrations.auth_fields import MAX_SECRET_LENGTH

AUTHS: dict[str, dict[str, Any]] = {
    "none": {"type": "none"},
    "bearer": {"type": "bearer"},
    "basic": {"type": "basic"},
    "api_key_header": {"type": "api_key_header", "header": "X-Key"},
    "api_key_query": {"type": "api_key_query", "parameter": "api_key"},
    "path_token": {"type": "path_token"},
    "headers": {"type": "headers", "names": ["DD-API-KEY", "Authorization"]},
    "query": {"type": "query", "names": ["key", "token"]},
    "json_body": {"type": "json_body", "names": ["client_id", "client_secret"]},
    "oauth2": {
        "type": "oauth2",
        "grantType": "refresh_token",
        "tokenUrl": "https://{site}.example.com/oauth/token",
        "scopes": ["read:user", "offline_access"],
        "sendAs": {"type": "bearer", "prefix": "Zoho-oauthtoken"},
        "tokenEndpointAuthMethod": "client_secret_basic",
    },
}
MACHINE = {"type": "oauth2", "grantType": "client_credentials", "tokenUrl": "https://x.test/t"}
CONSENT = {
    "type": "oauth2",
    "grantType": "authorization_code",
    "tokenUrl": "https://x.test/t",
    "authorizeUrl": "https://x.test/a?access_type=offline",
}
GOOD: list[tuple[str, dict[str, str]]] = [
    ("bearer", {"token": "t"}),
    ("basic", {"username": "ü", "password": ""}),
    ("basic", {"username": "a b", "password": " : "}),
    ("api_key_header", {"key": "a b"}),
    ("api_key_query", {"key": "a&b/c=ü #?%2e"}),
    ("path_token", {"token": "123:AA_x-é&?#%2e.."}),
    ("headers", {"DD-API-KEY": "k", "Authorization": "OAuth a b"}),
    ("oauth2", {"clientId": "c", "clientSecret": "", "refreshToken": "r"}),
    ("query", {"key": "a&b ü", "token": "#"}),
    ("json_body", {"client_id": "ü", "client_secret": '"{}'}),
]
BAD: list[tuple[str, Any]] = [
    ("bearer", {"token": ""}),
    ("bearer", {"token": "ü"}),
    ("bearer", {"key": "t"}),
    ("bearer", "t"),
    ("basic", {"username": "", "password": "x"}),
    ("basic", {"username": "x"}),
    ("basic", {"username": "a:b", "password": "x"}),
    ("api_key_header", {"key": "   "}),
    *(
        (kind, {name: pasted})
        for kind, name in (
            ("bearer", "token"),
            ("api_key_header", "key"),
            ("api_key_query", "key"),
            ("path_token", "token"),
        )
        for pasted in (" t", "t ", "t\r\n", "\n")
    ),
    ("api_key_query", {"key": ""}),
    ("api_key_query", {"key": 5}),
    ("api_key_query", {"key": "x" * (MAX_SECRET_LENGTH + 1)}),
    ("path_token", {"token": ""}),
    ("path_token", {"token": "."}),
    ("path_token", {"token": ".."}),
    ("path_token", {"token": "../admin"}),
    ("path_token", {"token": "a/b"}),
    ("path_token", {"token": "a\\b"}),
    ("headers", {"DD-API-KEY": "k"}),
    ("headers", {"DD-API-KEY": "k", "authorization": "x"}),
    ("headers", {"DD-API-KEY": "k", "Authorization": "x", "More": "y"}),
    ("headers", {"DD-API-KEY": "k", "Authorization": "ü"}),
    ("headers", {"DD-API-KEY": "k", "Authorization": " x"}),
    ("headers", {"DD-API-KEY": "k", "Authorization": ""}),
    ("oauth2", {"clientId": "c", "clientSecret": "s"}),
    ("oauth2", {"clientId": "c", "refreshToken": "r"}),
    ("oauth2", {"clientId": "c", "clientSecret": "s", "accessToken": ""}),
    ("oauth2", {"clientId": "c", "clientSecret": "s", "refreshToken": "r", "idToken": "i"}),
    ("query", {"key": "k"}),
    ("query", {"key": "k", "token": ""}),
    ("json_body", {"client_id": "a", "client_secret": "b", "scope": "c"}),
]


def test_every_scheme_is_tried_here() -> None:
    assert set(AUTHS) == set(SCHEMES)
    assert {kind for kind, _ in GOOD} == set(SECRETS) == set(SCHEMES) - {"none"}


@pytest.mark.parametrize("kind", AUTHS)
def test_an_auth_of_each_scheme_is_accepted(kind: str) -> None:
    validate_auth(AUTHS[kind])
    assert Draft202012Validator(AUTH).is_valid(AUTHS[kind])


@pytest.mark.parametrize(
    ("auth", "complaint"),
    [
        ({"type": "cookie"}, "type is one of"),
        ({"type": "api_key_query"}, "needs the field parameter"),
        ({"type": "api_key_query", "parameter": "a b"}, "parameter's name"),
        ({"type": "api_key_query", "parameter": "a&b=c"}, "parameter's name"),
        ({"type": "api_key_query", "parameter": ["a"]}, "parameter's name"),
        ({"type": "bearer", "prefix": ""}, "leave it out"),
        ({"type": "path_token", "parameter": "a"}, "Unknown field parameter"),
        ({"type": "headers"}, "needs the field names"),
        ({"type": "headers", "names": []}, "needs the field names"),
        ({"type": "headers", "names": "X-Key"}, "as a list"),
        ({"type": "headers", "names": [f"X-{n}" for n in range(11)]}, "at most 10"),
        ({"type": "headers", "names": ["X Key"]}, "header name"),
        ({"type": "headers", "names": ["X-Key\r\nHost"]}, "header name"),
        ({"type": "headers", "names": [5]}, "header name"),
        ({"type": "headers", "names": ["Host"]}, "set by Vitals itself"),
        ({"type": "headers", "names": ["X-Key", "Expect"]}, "set by Vitals itself"),
        ({"type": "headers", "names": ["X-Key", "x-key"]}, "each header once"),
        ({"type": "api_key_header", "header": "Transfer-Encoding"}, "set by Vitals itself"),
        ({"type": "oauth2", "grantType": "implicit"}, "grantType is one of"),
        (MACHINE | {"grantType": ["x"]}, "grantType is one of"),
        ({"type": "oauth2", "grantType": "refresh_token"}, "needs the field tokenUrl"),
        (MACHINE | {"tokenUrl": "https://x.test/t?a=b"}, "tokenUrl: Leave the query"),
        (MACHINE | {"tokenUrl": "https://a:b@x.test/t"}, "tokenUrl: "),
        (MACHINE | {"tokenUrl": 5}, "tokenUrl: "),
        (MACHINE | {"tokenUrl": "https://x.test/" + "x" * 2000}, "tokenUrl is longer"),
        (MACHINE | {"grantType": "authorization_code"}, "needs the field authorizeUrl"),
        (CONSENT | {"authorizeUrl": "javascript:alert(1)"}, "authorizeUrl: "),
        (CONSENT | {"authorizeUrl": "https://x.test/a?b={site}"}, "authorizeUrl: its query"),
        (CONSENT | {"authorizeUrl": "https://x.test/a?b=1&state"}, "leave state out"),
        (CONSENT | {"authorizeUrl": "https://x.test/a?client%5Fid=1"}, "leave client_id out"),
        (MACHINE | {"scopes": "read"}, "scopes as a list"),
        (MACHINE | {"scopes": ["read write"]}, "A scope is text"),
        (MACHINE | {"sendAs": "basic"}, "sendAs is"),
        (MACHINE | {"sendAs": {"type": "oauth2"}}, "sendAs is"),
        (MACHINE | {"sendAs": {"type": "api_key_header", "header": "Host"}}, "sendAs: The header"),
        (MACHINE | {"tokenEndpointAuthMethod": "none"}, "tokenEndpointAuthMethod is one of"),
        ({"type": "query", "names": ["a&b"]}, "parameter's name"),
        ({"type": "query", "names": ["key", "key"]}, "each field once"),
        ({"type": "json_body", "names": {"key": 1}}, "as a list"),
    ],
    ids=str,
)
def test_an_auth_is_refused(auth: Any, complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint):
        validate_auth(auth)


@pytest.mark.parametrize(("kind", "secret"), GOOD, ids=str)
def test_a_secret_is_accepted(kind: str, secret: Any) -> None:
    validate_secret(AUTHS[kind], secret)
    assert Draft202012Validator(SECRETS[kind]).is_valid(secret)


@pytest.mark.parametrize(("kind", "secret"), BAD, ids=lambda value: str(value)[:60])
def test_a_secret_is_refused(kind: str, secret: Any) -> None:
    with pytest.raises(ValidationError):
        validate_secret(AUTHS[kind], secret)


@pytest.mark.parametrize(
    ("auth", "secret", "good"),
    [
        (MACHINE, {"clientId": "c", "clientSecret": "s"}, True),
        (MACHINE, {"clientId": "c", "clientSecret": ""}, False),
        (MACHINE, {"clientId": "c", "clientSecret": "s", "refreshToken": "r"}, False),
        (CONSENT, {"clientId": "c"}, True),
        (CONSENT, {"accessToken": "a"}, True),
        (CONSENT, {"clientSecret": "s", "accessToken": "a"}, False),
        (CONSENT, {}, False),
    ],
)
def test_what_a_secret_of_oauth_2_holds_is_told_by_the_grant(
    auth: Any, secret: dict[str, str], good: bool
) -> None:
    validate_auth(auth)
    assert Draft202012Validator(AUTH).is_valid(auth)
    if good:
        return validate_secret(auth, secret)
    with pytest.raises(ValidationError):
        validate_secret(auth, secret)
    return None


def test_a_token_that_was_pasted_with_its_line_end_is_refused_in_words() -> None:
    with pytest.raises(ValidationError, match="a line end before or behind it"):
        validate_secret(AUTHS["bearer"], {"token": "canary\n"})


@pytest.mark.parametrize("kind", SECRETS)
@pytest.mark.parametrize("broken", ["canary\n", "can\0ary", "canary\u2028", "\ud800canary"])
def test_no_secret_has_line_breaks_and_no_refusal_repeats_it(kind: str, broken: str) -> None:
    secret = {field.name: broken for field in secret_fields(AUTHS[kind])}
    with pytest.raises(ValidationError) as caught:
        validate_secret(AUTHS[kind], secret)
    assert "canary" not in str(caught.value)


def test_each_field_has_a_label() -> None:
    assert all(field.label for auth in AUTHS.values() for field in secret_fields(auth))
    assert [field.label for field in secret_fields(AUTHS["headers"])] == AUTHS["headers"]["names"]
