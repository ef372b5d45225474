"""How an action's answer is read: what is a success, a dead credential, a limit, trouble.

Pure: no database, no network. The order of the rules is product.md's, "Response rules":
a 429 first; then the body rules of bad credential, limited and provider trouble, then their
statuses; then success.
"""

import functools
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import jsonpath
from django.core.exceptions import ValidationError

from api.describing import record, refer, takes

RAW_TEXT = "$text"  # a path of ours: the body as it came, for answers that are not JSON
_STATUS = re.compile(r"[1-5]([0-9][0-9]|xx)")
_PATHS = jsonpath.JSONPathEnvironment(strict=True)  # RFC 9535, without extensions
_MISSING = object()


class Reading(StrEnum):
    """What an answer says."""

    SUCCESS = "success"
    BAD_CREDENTIAL = "badCredential"
    LIMITED = "limited"
    PROVIDER_TROUBLE = "providerTrouble"
    RATE_LIMITED = "rate_limited"
    BROKEN_CONTRACT = "broken_contract"
    CUT_BODY = "cut_body"  # a body rule met a body that was cut at the cap
    UNEXPECTED = "unexpected"  # no rule speaks of this status


class Op(StrEnum):
    EQUALS = "equals"
    NOT_EQUALS = "not_equals"
    IN = "in"
    CONTAINS = "contains"
    EXISTS = "exists"
    NOT_NULL = "not_null"
    NOT_EMPTY = "not_empty"
    IS_ARRAY = "is_array"


_NEEDS_VALUE = {Op.EQUALS, Op.NOT_EQUALS, Op.IN, Op.CONTAINS}


_MOST_RULES = 50
_MOST_CHARACTERS = 500  # of a path
# What the validator below lets pass, as JSON Schema.
_BODY_RULE = record(
    {
        "path": {"type": "string", "minLength": 1, "maxLength": _MOST_CHARACTERS},
        "op": {"enum": list(Op), "type": "string"},
        "value": {},
    },
    ["path", "op"],
) | {
    "allOf": [
        {
            "if": {"properties": {"op": {"enum": sorted(_NEEDS_VALUE)}}},
            "then": {"required": ["value"]},
        },
        {
            "if": {"properties": {"op": {"const": Op.IN}}},
            "then": {"properties": {"value": {"type": "array", "maxItems": _MOST_RULES}}},
        },
    ]
}
_RULE = record(
    {
        "statuses": {
            "type": "array",
            "maxItems": _MOST_RULES,
            "items": {
                "type": ["string", "integer"],
                "pattern": f"^{_STATUS.pattern}$",
                "minimum": 100,
                "maximum": 599,
            },
        },
        "body": {"type": "array", "maxItems": _MOST_RULES, "items": refer("BodyRule")},
    }
)
_RULES = record(
    {
        name: refer("ResponseRule")
        for name in (
            Reading.SUCCESS,
            Reading.BAD_CREDENTIAL,
            Reading.LIMITED,
            Reading.PROVIDER_TROUBLE,
        )
    }
)


@dataclass(frozen=True, kw_only=True)
class BodyRule:
    """A test of one place of a JSON body."""

    path: str
    op: Op
    value: Any = None

    def holds(self, body: "Body") -> bool:
        found = body.text if self.path == RAW_TEXT else _find(self.path, body.document)
        if self.op is Op.EXISTS:
            return found is not _MISSING
        return found is not _MISSING and self._compare(found)

    def _compare(self, found: Any) -> bool:
        match self.op:
            case Op.EQUALS:
                return _same(found, self.value)
            case Op.NOT_EQUALS:
                return not _same(found, self.value)
            case Op.IN:
                return any(_same(found, value) for value in self.value)
            case Op.CONTAINS:
                return _contains(found, self.value)
            case Op.IS_ARRAY:
                return isinstance(found, list)
            case Op.NOT_EMPTY:
                return found is not None and found not in ("", [], {})
            case _:
                return found is not None


@dataclass(frozen=True, kw_only=True)
class Rule:
    """The statuses and body rules of one reading."""

    statuses: tuple[str, ...]
    body: tuple[BodyRule, ...] = ()

    def has_status(self, status: int) -> bool:
        text = str(status)
        return text in self.statuses or f"{text[0]}xx" in self.statuses


class Body:
    """An answer's body, parsed when first asked for."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw

    @functools.cached_property
    def text(self) -> str:
        return self._raw.decode("utf-8", errors="replace")

    @functools.cached_property
    def document(self) -> Any:
        try:
            return json.loads(self._raw)
        except (ValueError, RecursionError):
            return _MISSING


_DEFAULT_STATUSES = {
    Reading.SUCCESS: ("2xx",),
    Reading.BAD_CREDENTIAL: ("401",),
    Reading.LIMITED: (),
    Reading.PROVIDER_TROUBLE: ("5xx",),
}
_TROUBLES = (Reading.BAD_CREDENTIAL, Reading.LIMITED, Reading.PROVIDER_TROUBLE)


@dataclass(frozen=True, kw_only=True)
class ResponseRules:
    """The rules of one action."""

    rules: Mapping[Reading, Rule] = field(
        default_factory=lambda: {
            reading: Rule(statuses=statuses) for reading, statuses in _DEFAULT_STATUSES.items()
        }
    )

    @classmethod
    def parse(cls, value: Mapping[str, Any]) -> "ResponseRules":
        """Return the rules of a validated `responseRules`; what is left out has its default."""
        return cls(
            rules={
                reading: Rule(
                    statuses=tuple(str(s) for s in given.get("statuses", statuses)),
                    body=tuple(
                        BodyRule(path=r["path"], op=Op(r["op"]), value=r.get("value"))
                        for r in given.get("body", ())
                    ),
                )
                for reading, statuses in _DEFAULT_STATUSES.items()
                for given in [value.get(reading.value) or {}]
            }
        )

    def read(self, *, status: int, body: bytes, truncated: bool) -> Reading:
        """Return what an answer says."""
        if status == 429:
            return Reading.RATE_LIMITED
        parsed = Body(body)
        troubles = [(reading, self.rules[reading]) for reading in _TROUBLES]
        if truncated and any(rule.body for _, rule in troubles):
            return Reading.CUT_BODY
        for reading, rule in troubles:
            if any(body_rule.holds(parsed) for body_rule in rule.body):
                return reading
        for reading, rule in troubles:
            if rule.has_status(status):
                return reading
        return self._read_success(status, parsed, truncated=truncated)

    def _read_success(self, status: int, body: Body, *, truncated: bool) -> Reading:
        success = self.rules[Reading.SUCCESS]
        if not success.has_status(status):
            return Reading.BROKEN_CONTRACT if 200 <= status < 300 else Reading.UNEXPECTED
        if success.body and truncated:
            return Reading.CUT_BODY
        holds = all(rule.holds(body) for rule in success.body)
        return Reading.SUCCESS if holds else Reading.BROKEN_CONTRACT


@takes(ResponseRules=_RULES, ResponseRule=_RULE, BodyRule=_BODY_RULE)
def validate_response_rules(value: Any) -> None:
    """Refuse rules that could not be read, and name the place."""
    if not isinstance(value, dict):
        raise ValidationError("Give the response rules as an object.")
    names = [reading.value for reading in _DEFAULT_STATUSES]
    if unknown := set(value) - set(names):
        raise ValidationError(f"Unknown field {min(unknown)}; there are {', '.join(names)}.")
    for name, rule in value.items():
        try:
            _validate_rule(rule)
        except ValidationError as error:
            raise ValidationError(f"{name}: {error.message}") from None


def _validate_rule(rule: Any) -> None:
    if not isinstance(rule, dict) or set(rule) - {"statuses", "body"}:
        raise ValidationError("give an object with statuses and body.")
    statuses, body = rule.get("statuses", []), rule.get("body", [])
    if not _is_short_list(statuses) or not all(_STATUS.fullmatch(str(s)) for s in statuses):
        raise ValidationError('statuses is a list such as ["2xx", "404"].')
    if not _is_short_list(body):
        raise ValidationError("body is a list of at most 50 rules.")
    for body_rule in body:
        _validate_body_rule(body_rule)


def _validate_body_rule(rule: Any) -> None:
    if not isinstance(rule, dict) or set(rule) - {"path", "op", "value"}:
        raise ValidationError("a body rule is an object with path, op and value.")
    path, op = rule.get("path"), rule.get("op")
    if not isinstance(path, str) or not is_single_place(path):
        raise ValidationError(
            "a path is a JSONPath to one place, such as $.user.id or $.errors[0].code."
        )
    if op not in list(Op):
        raise ValidationError(f"op is one of {', '.join(Op)}.")
    if op in _NEEDS_VALUE and "value" not in rule:
        raise ValidationError(f"{op} needs a value.")
    if op == Op.IN and not _is_short_list(rule["value"]):
        raise ValidationError("the value of in is a list.")


def _is_short_list(value: Any) -> bool:
    return isinstance(value, list) and len(value) <= _MOST_RULES


def is_single_place(path: str) -> bool:
    """Whether `path` is `$text` or a JSONPath to one place (RFC 9535, 2.3.5).

    Nothing else is taken: filters and wildcards could take a hostile body's time.
    """
    if path == RAW_TEXT:
        return True
    if len(path) > _MOST_CHARACTERS:
        return False
    try:
        compiled = _PATHS.compile(path)
    except (jsonpath.JSONPathError, ValueError, RecursionError):
        return False
    return isinstance(compiled, jsonpath.JSONPath) and compiled.singular_query()


@functools.lru_cache(maxsize=4096)
def _steps(path: str) -> Any:
    return _PATHS.compile(path)


def _find(path: str, document: Any) -> Any:
    if document is _MISSING:
        return _MISSING
    match = _steps(path).match(document)
    return _MISSING if match is None else match.value


def value_at(path: str, body: bytes) -> Any:
    """Return what stands at one place of a JSON body; None where nothing does."""
    found = _find(path, Body(body).document)
    return None if found is _MISSING else found


def _same(found: Any, value: Any) -> bool:
    # JSON's true is not its 1, though Python's is.
    return (type(found) is type(value) and found == value) or (
        _is_number(found) and _is_number(value) and found == value
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _contains(found: Any, value: Any) -> bool:
    if isinstance(found, str):
        return isinstance(value, str) and value in found
    if isinstance(found, Sequence):
        return any(_same(item, value) for item in found)
    return isinstance(found, dict) and isinstance(value, str) and value in found
