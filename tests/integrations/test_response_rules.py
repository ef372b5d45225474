"""How answers are read (product.md, "Response rules")."""

import json
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from integrations.response_rules import Reading, ResponseRules, validate_response_rules

SLACK = {
    "success": {"body": [{"path": "$.ok", "op": "equals", "value": True}]},
    "badCredential": {
        "body": [{"path": "$.error", "op": "in", "value": ["invalid_auth", "token_revoked"]}]
    },
    "providerTrouble": {"body": [{"path": "$.error", "op": "equals", "value": "fatal_error"}]},
}
RESEND = {"limited": {"body": [{"path": "$.name", "op": "equals", "value": "restricted_api_key"}]}}
AZURE = {"badCredential": {"statuses": ["203", "302", "401"]}}


def read(rules: dict[str, Any], status: int, body: Any = None, *, truncated: bool = False) -> str:
    validate_response_rules(rules)
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return ResponseRules.parse(rules).read(status=status, body=raw, truncated=truncated)


@pytest.mark.parametrize(
    ("rules", "status", "body", "reading"),
    [
        ({}, 200, None, Reading.SUCCESS),
        ({}, 204, b"", Reading.SUCCESS),
        ({}, 200, b"<html>", Reading.SUCCESS),
        ({}, 401, None, Reading.BAD_CREDENTIAL),
        ({}, 403, None, Reading.UNEXPECTED),
        ({}, 429, None, Reading.RATE_LIMITED),
        ({}, 503, None, Reading.PROVIDER_TROUBLE),
        ({}, 302, None, Reading.UNEXPECTED),
        (SLACK, 200, {"ok": True}, Reading.SUCCESS),
        (SLACK, 200, {"ok": False, "error": "invalid_auth"}, Reading.BAD_CREDENTIAL),
        (SLACK, 200, {"ok": False, "error": "fatal_error"}, Reading.PROVIDER_TROUBLE),
        (SLACK, 200, {"ok": False, "error": "new"}, Reading.BROKEN_CONTRACT),
        (SLACK, 200, b"not json", Reading.BROKEN_CONTRACT),
        (SLACK, 200, {"ok": 1}, Reading.BROKEN_CONTRACT),
        (SLACK, 429, {"ok": False, "error": "invalid_auth"}, Reading.RATE_LIMITED),
        (RESEND, 401, {"name": "restricted_api_key"}, Reading.LIMITED),
        (RESEND, 401, {"name": "invalid"}, Reading.BAD_CREDENTIAL),
        (AZURE, 302, None, Reading.BAD_CREDENTIAL),
        (AZURE, 203, None, Reading.BAD_CREDENTIAL),
        ({"success": {"statuses": ["200"]}}, 201, None, Reading.BROKEN_CONTRACT),
        ({"success": {"statuses": ["404"]}}, 404, None, Reading.SUCCESS),
        ({"badCredential": {"statuses": []}}, 401, None, Reading.UNEXPECTED),
    ],
)
def test_an_answer_is_read(rules: dict[str, Any], status: int, body: Any, reading: str) -> None:
    assert read(rules, status, body) == reading


def test_a_body_rule_that_meets_a_cut_body_breaks_the_contract() -> None:
    assert read(SLACK, 200, b'{"ok": true', truncated=True) == Reading.CUT_BODY
    success_only = {"success": SLACK["success"]}
    assert read(success_only, 200, b'{"ok": true', truncated=True) == Reading.CUT_BODY
    assert read(success_only, 500, b"", truncated=True) == Reading.PROVIDER_TROUBLE
    assert read({}, 200, b"long", truncated=True) == Reading.SUCCESS


@pytest.mark.parametrize(
    ("op", "value", "body", "holds"),
    [
        ("equals", 1, {"a": 1.0}, True),
        ("equals", 1, {"a": True}, False),
        ("equals", None, {"a": None}, True),
        ("equals", "x", {}, False),
        ("not_equals", "x", {"a": "y"}, True),
        ("not_equals", "x", {}, False),
        ("in", ["x", "y"], {"a": "y"}, True),
        ("contains", "ell", {"a": "hello"}, True),
        ("contains", 2, {"a": [1, 2]}, True),
        ("contains", "k", {"a": {"k": 1}}, True),
        ("contains", "x", {"a": 5}, False),
        ("exists", None, {"a": None}, True),
        ("exists", None, {}, False),
        ("not_null", None, {"a": None}, False),
        ("not_null", None, {"a": 0}, True),
        ("not_empty", None, {"a": []}, False),
        ("not_empty", None, {"a": [0]}, True),
        ("is_array", None, {"a": []}, True),
        ("is_array", None, {"a": "[]"}, False),
    ],
)
def test_each_operator(op: str, value: Any, body: Any, holds: bool) -> None:
    rule = {"path": "$.a", "op": op, "value": value}
    reading = read({"success": {"body": [rule]}}, 200, body)
    assert reading == (Reading.SUCCESS if holds else Reading.BROKEN_CONTRACT)


def test_the_text_of_an_answer_that_is_no_json_can_be_tested() -> None:
    rules = {"success": {"body": [{"path": "$text", "op": "contains", "value": "pong"}]}}
    assert read(rules, 200, b"ping pong") == Reading.SUCCESS


@pytest.mark.parametrize(
    ("rules", "complaint"),
    [
        ([], "object"),
        ({"sucess": {}}, "sucess"),
        ({"success": []}, "success: "),
        ({"success": {"statuses": ["9xx"]}}, "success: statuses"),
        ({"success": {"statuses": "2xx"}}, "success: statuses"),
        ({"success": {"body": [{"path": "ok", "op": "exists"}]}}, "JSONPath"),
        ({"success": {"body": [{"path": "$..a", "op": "exists"}]}}, "one place"),
        ({"success": {"body": [{"path": "$[?match(@.a, '(a+)+')]", "op": "exists"}]}}, "one place"),
        ({"success": {"body": [{"path": "$.a", "op": "like"}]}}, "op is one of"),
        ({"success": {"body": [{"path": "$.a", "op": "equals"}]}}, "needs a value"),
        ({"success": {"body": [{"path": "$.a", "op": "in", "value": 3}]}}, "list"),
        ({"success": {"body": [{"path": "$.a", "op": "exists", "x": 1}]}}, "path, op and value"),
    ],
)
def test_rules_that_cannot_be_read_are_refused(rules: Any, complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint.replace("$", r"\$")):
        validate_response_rules(rules)
