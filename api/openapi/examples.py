"""An example of each body and answer, by the name of its schema in `examples.json`."""

import json
from pathlib import Path
from typing import Any

import yaml

EXAMPLES: dict[str, Any] = json.loads(Path(__file__).with_name("examples.json").read_text())
# The only body that is taken as text.
AS_TEXT = yaml.safe_dump(EXAMPLES["OpenApiDocumentRequest"], sort_keys=False)


def of(ref: dict[str, Any]) -> Any:
    """Return the example of the schema that is referred to, or None."""
    return EXAMPLES.get(ref["$ref"].rpartition("/")[2])


def of_body(schema: dict[str, Any]) -> dict[str, Any]:
    """Return what to add to a body's media type: its example, or one of each kind that it has."""
    if "type" in schema:
        return {"example": AS_TEXT}
    if "oneOf" not in schema:
        return {"example": example} if (example := of(schema)) else {}
    names = [ref["$ref"].rpartition("/")[2] for ref in schema["oneOf"]]
    return {"examples": {name: {"value": EXAMPLES[name]} for name in names if name in EXAMPLES}}


def in_envelope(data: Any, *, paged: bool) -> dict[str, Any]:
    answer = {"success": True, "data": data}
    return answer | ({"pagination": {"hasMore": False, "cursor": None}} if paged else {})
