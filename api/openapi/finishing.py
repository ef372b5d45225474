"""The last step of making the document: what all operations share, and the words."""

import json
from typing import Any

from api.openapi import shared
from api.openapi.values import VALUES
from api.openapi.wording import FIELDS

Schema = dict[str, Any]


def without_slashes(endpoints: list[tuple[str, Any, Any, Any]]) -> list[tuple[str, Any, Any, Any]]:
    """Show each path without the slash that may stand at its end: drf-spectacular's first hook."""
    return [(path.rstrip("/"), *rest) for path, *rest in endpoints]


def finish(result: Schema, **_: Any) -> Schema:
    """Complete the document: drf-spectacular's hook after all others."""
    for kind, parts in shared.components().items():
        kept = result["components"].setdefault(kind, {})
        result["components"][kind] = dict(sorted({**kept, **parts}.items()))
    result["info"]["description"] = shared.ABOUT
    result["tags"] = [
        {"name": name, "description": text} for name, text in reversed(shared.TAGS.values()) if text
    ]
    result["paths"] = dict(sorted({**result["paths"], **shared.PAGES}.items()))
    _drop_unused(result)
    _describe(result)
    return result


def _drop_unused(result: Schema) -> None:
    """Drop the schemas that nothing refers to, such as the bodies of fields that are only read."""
    schemas = result["components"]["schemas"]
    while unused := [name for name in schemas if f'schemas/{name}"' not in json.dumps(result)]:
        for name in unused:
            del schemas[name]


def _describe(result: Schema) -> None:
    for name, schema in result["components"]["schemas"].items():
        _describe_fields(schema, name)
        if name in VALUES:
            schema["description"] = "\n".join(
                f"* `{value}`: {text}" for value, text in VALUES[name].items()
            )
    for path in result["paths"].values():
        for operation in path.values():
            for parameter in operation.get("parameters", ()):
                _word(parameter, operation["operationId"], parameter["name"])


def _describe_fields(schema: Any, owner: str) -> None:
    """Describe the fields of this schema, and of those inside that have no name of their own."""
    if not isinstance(schema, dict):
        return
    for name, field in schema.get("properties", {}).items():
        _word(field, owner, name)
        _describe_fields(field, owner)
    for inner in ("items", "additionalProperties"):
        _describe_fields(schema.get(inner), owner)
    for several in ("oneOf", "anyOf", "allOf"):
        for part in schema.get(several, ()):
            _describe_fields(part, owner)


def _word(place: Schema, owner: str, name: str) -> None:
    stem = owner.removeprefix("Patched").removesuffix("Request")
    text = FIELDS.get(f"{stem}.{name}") or place.get("description") or FIELDS.get(name)
    if text:
        place["description"] = text
