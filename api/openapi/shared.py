"""What all endpoints have in common: the envelope, errors, headers, tags, the document's page."""

from collections.abc import Iterable, Mapping
from typing import Any

from api.errors import CODES

Schema = dict[str, Any]

ABOUT = """\
Vitals tests, around the clock, that connections to third-party APIs still work.

**Who calls.** Send `Authorization: Bearer <API key>`, or use a signed-in browser session, whose
writes need the `X-CSRFToken` header. Either acts for exactly one tenant with one role: a `viewer`
reads, an `operator` also runs checks, pauses, resumes, mutes, acknowledges and plans maintenance,
an `admin` does everything. Ids of other tenants answer 404, like ids of nothing.

**Answers.** `{"success": true, "data": …}`. Lists add `pagination`: give its `cursor` back for the
next page. Errors are `{"success": false, "error": {"code", "message", "details"?}}`. Every answer
has an `X-Request-Id`: tell it to whoever runs Vitals when something is wrong. A method that a path
does not have answers 405, with the methods that it has in `Allow`. Reads have an `ETag`: sent back
as `If-None-Match` it is answered with 304, and no body, while nothing has changed.

**Input.** JSON of at most 1 MiB, 5 MiB for many connections at once. Unknown fields and parameters
are refused by name, and JSON's types are taken as they are: `"5"` is no number. Times are ISO 8601;
answers give them in UTC. Ids rise with time. A slash at the end of a path is accepted.
"""

# The first whose word stands in a path names the path's group; shown from the last to the first.
TAGS = {
    "internal": ("Operation", "For whoever runs Vitals."),
    "schema": ("Operation", ""),
    "docs": ("Operation", ""),
    "session": ("Session", "Which tenant a signed-in person acts for."),
    "tenant": ("Tenant", "The organisation's settings."),
    "members": ("Members", "The people in a tenant."),
    "api-keys": ("API keys", "Secrets that act for a tenant."),
    "providers": ("Providers", "The catalogue of APIs that integrations are made from."),
    "health": ("Older vocabulary", "The state of integrations as online, degraded or offline."),
    "actions": ("Actions", "The requests that an integration can make."),
    "health-checks": ("Health checks", "Results: history, the latest, and running one now."),
    "uptime": ("Numbers", "Uptime, latency and failures over time."),
    "latency": ("Numbers", ""),
    "timeline": ("Numbers", ""),
    "failures": ("Numbers", ""),
    "alerts": ("Alerts", "Downtimes that lasted longer than two minutes."),
    "incidents": ("Incidents", "Connections of an integration that began to fail together."),
    "state-changes": ("State changes", "Health going from one status to another."),
    "notification-channels": ("Channels", "Where notices go, and which of them."),
    "notification-deliveries": ("Deliveries", "What went, or is to go, to which channel."),
    "notices": ("Notices", "What a tenant was told of: the bell."),
    "maintenance-windows": ("Maintenance", "Times in which checks tell nobody and do not count."),
    "connections": ("Connections", "Accounts at integrations, and their credentials."),
    "integrations": ("Integrations", "APIs as the tenant uses them."),
}

_STATUSES = {
    200: "Done.",
    201: "Created.",
    202: "Accepted: not finished yet.",
    204: "Done; there is nothing to say.",
    304: "What was sent as `If-None-Match` is still so.",
}
_ERRORS = {
    400: "The request is not valid; `details` says where.",
    401: "No API key or session, or one that is expired or revoked.",
    403: "The role is too small.",
    404: "There is nothing here that you may see.",
    409: "The state of things does not allow it, or somebody changed them at the same time.",
    410: "It was here, and is lost.",
    413: "The body is too large.",
    415: "The body is of another media type than those that are taken.",
    429: "Too often. Wait for `Retry-After`.",
    500: "Vitals failed. Report the request id.",
    503: "A server that Vitals needs is away. Try again soon.",
}
_ERROR_HEADERS = {401: ("WWW-Authenticate",), 429: ("Retry-After",)}

_HEADERS = {
    "X-Request-Id": "The id of this request: the one that was sent in this header, or a new one.",
    "Location": "Where the result will be.",
    "Retry-After": "Seconds to wait.",
    "WWW-Authenticate": "How to show who calls.",
    "ETag": "The version of this answer, to send as `If-None-Match`.",
}
_WHOLE_HEADERS = {"Retry-After"}

_ERROR = {
    "type": "object",
    "description": "Why a request failed.",
    "required": ["success", "error"],
    "properties": {
        "success": {"const": False},
        "error": {
            "type": "object",
            "required": ["code", "message"],
            "properties": {
                "code": {
                    "enum": sorted(set(CODES.values())),
                    "description": "The kind of error, for programs.",
                },
                "message": {"type": "string", "description": "What went wrong, for people."},
                "details": {
                    "type": ["object", "array"],
                    "description": "What is wrong by field, or by place in a list.",
                },
            },
        },
    },
}


def envelope(data: Schema, *, paged: bool) -> Schema:
    """Return the schema of an answer that holds `data`."""
    properties: Schema = {"success": {"const": True}, "data": data}
    if paged:
        properties["pagination"] = {"$ref": "#/components/schemas/Pagination"}
    return {"type": "object", "required": list(properties), "properties": properties}


def answers(contents: Mapping[int, Schema], *, is_read: bool) -> Schema:
    """Return the answers by their status; `contents` are the media types of each."""
    described = {str(status): _answer(status, content) for status, content in contents.items()}
    if is_read:
        described["200"]["headers"] |= _refer_to(("ETag",))
        described["304"] = {"description": _STATUSES[304], "headers": headers(("ETag",))}
    return described


def _answer(status: int, content: Schema) -> Schema:
    described = {
        "description": _STATUSES[status],
        "headers": headers(("Location",) if status == 202 else ()),
    }
    return described | ({"content": content} if content else {})


def headers(names: Iterable[str]) -> Schema:
    """Return references to these headers, and to those that every answer has."""
    return _refer_to(("X-Request-Id", *names))


def _refer_to(names: Iterable[str]) -> Schema:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def error_responses(statuses: Iterable[int]) -> Schema:
    """Return references to the error answers, by status."""
    return {
        str(status): {"$ref": f"#/components/responses/Error{status}"}
        for status in sorted(statuses)
    }


def tag_of(path: str) -> str:
    """Return the group of a path. Raises LookupError."""
    words = path.split("/")
    for word, (tag, _) in TAGS.items():
        if word in words:
            return tag
    raise LookupError(f"{path} belongs to no group: see TAGS in api/openapi/shared.py")


def components() -> Mapping[str, Schema]:
    """Return the parts that every endpoint refers to."""
    return {
        "schemas": {"Error": _ERROR, "Pagination": _PAGINATION},
        "headers": {
            name: {
                "description": text,
                "schema": {"type": "integer" if name in _WHOLE_HEADERS else "string"},
            }
            for name, text in _HEADERS.items()
        },
        "securitySchemes": {
            "cronSecret": {
                "type": "http",
                "scheme": "bearer",
                "description": "`CRON_SECRET`, for an outside cron.",
            }
        },
        "responses": {f"Error{status}": _error(status, text) for status, text in _ERRORS.items()},
    }


def _page(summary: str, kind: str, description: str, schema: Schema) -> Schema:
    """Return the path of one of the pages about the API, for everybody."""
    return {
        "get": {
            "operationId": summary.lower().replace(" ", "_"),
            "summary": summary,
            "description": description,
            "tags": ["Operation"],
            "security": [],
            "responses": answers({200: {kind: {"schema": schema}}}, is_read=True),
        }
    }


PAGES = {
    "/schema": _page("Get schema", "application/json", "This document.", {"type": "object"}),
    "/docs": _page("Get docs", "text/html", "This document as a page.", {"type": "string"}),
}

_PAGINATION = {
    "type": "object",
    "required": ["hasMore", "cursor"],
    "properties": {
        "hasMore": {"type": "boolean", "description": "Whether rows follow."},
        "cursor": {
            "type": ["string", "null"],
            "description": "Give it back as `cursor` for the rows that follow; null: none do.",
        },
    },
}


def _error(status: int, text: str) -> Schema:
    error = {"code": CODES[status], "message": text.replace("`", "")}
    if status == 400:
        error["details"] = {"colour": ["Unknown field."]}  # type: ignore[assignment]
    return {
        "description": text,
        "headers": headers(_ERROR_HEADERS.get(status, ())),
        "content": {
            "application/json": {
                "schema": {"$ref": "#/components/schemas/Error"},
                "example": {"success": False, "error": error},
            }
        },
    }
