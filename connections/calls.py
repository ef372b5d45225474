"""The HTTP request that an action makes for a connection."""

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlencode

from connections.authorization import NOTHING, Authorization, authorize
from connections.encryption import Secret
from egress.answers import ProbeRequest
from integrations.models import Action, Integration
from integrations.templates import (
    VariableMissing,
    fill,
    fill_path,
    is_header_value,
    split_base,
    variables_of,
)


def build_request(
    integration: Integration, action: Action, variables: Mapping[str, str], secret: Secret | None
) -> ProbeRequest:
    """Return the request of `action`, presenting `secret`.

    Raises VariableMissing where a needed parameter has neither a value nor a default, or the
    secret has no place.
    """
    values = _parameters(action, variables)
    presented = authorize(integration.auth, secret) if secret is not None else NOTHING
    url = _url(integration.base_url, action.path, {**variables, **values["path"]}, presented)
    if query := {**values["query"], **presented.query}:
        url += ("&" if "?" in url else "?") + urlencode(query, quote_via=quote)
    body, content_type = _body(action.body, presented.body)
    return ProbeRequest(
        method=action.method,
        url=url,
        headers=_merged(
            content_type, integration.headers, action.headers, values["header"], presented.headers
        ),
        body=body,
        deadline=integration.timeout_ms / 1000,
    )


def _url(
    base_url: str, action_path: str, values: Mapping[str, str], presented: Authorization
) -> str:
    """Fill the URL. No part of a secret ever stands in its host."""
    origin, base_path = split_base(base_url)
    path = base_path.rstrip("/") + action_path
    for name in presented.places:
        if name not in variables_of(path):
            raise VariableMissing(name)
    known = {name: value for name, value in values.items() if name not in presented.places}
    # Telegram's tokens have a colon, and its documentation sends it as it is (RFC 3986, 3.3).
    return fill(origin, known) + fill_path(path, {**known, **presented.places}, safe=":")


def _merged(*layers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers of all layers; a later one replaces an earlier one in any case."""
    merged = {name.lower(): (name, text) for layer in layers for name, text in layer.items()}
    return dict(merged.values())


def _parameters(action: Action, variables: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Return the values of the declared parameters by their place.

    One that the path names in braces fills the path, whatever its place.
    """
    in_path = variables_of(action.path)
    places: dict[str, dict[str, str]] = {"path": {}, "query": {}, "header": {}}
    for name, place, value in _values(action, variables):
        places["path" if name in in_path else place][name] = value
    return places


def _values(action: Action, variables: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    for parameter in action.parameters:
        name, place = parameter["name"], parameter.get("in", "query")
        value = variables.get(name, parameter.get("default"))
        if value is not None and (place != "header" or is_header_value(value)):
            yield name, place, value
        elif value is not None or parameter.get("required"):
            raise VariableMissing(name)  # or it has a value that no header can carry


def _body(body: Any, presented: Mapping[str, str]) -> tuple[bytes | None, dict[str, str]]:
    """Return a body and its type: text goes as it is, all else as JSON."""
    if presented:
        body = {**(body or {}), **presented}
    if body is None:
        return None, {}
    if isinstance(body, str):
        return body.encode(), {"Content-Type": "text/plain; charset=utf-8"}
    return json.dumps(body).encode(), {"Content-Type": "application/json"}
