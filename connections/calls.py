"""The HTTP request that an action makes for a connection."""

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from connections.authorization import authorization_headers
from connections.encryption import Secret
from egress.answers import ProbeRequest
from integrations.models import Action, Integration
from integrations.templates import VariableMissing, fill, is_header_value, variables_of


def build_request(
    integration: Integration, action: Action, variables: Mapping[str, str], secret: Secret | None
) -> ProbeRequest:
    """Return the request of `action`, presenting `secret`.

    Raises VariableMissing where a needed parameter has neither a value nor a default.
    """
    values = _parameters(action, variables)
    host_values = {name: str(value) for name, value in variables.items()}
    url = _fill_base(integration.base_url, host_values) + fill(
        action.path, {**variables, **values["path"]}
    )
    if values["query"]:
        url += ("&" if "?" in url else "?") + urlencode(values["query"])
    body, content_type = _body(action.body)
    headers = {**content_type, **integration.headers, **action.headers, **values["header"]}
    if secret is not None:
        headers |= authorization_headers(integration.auth, secret)
    return ProbeRequest(
        method=action.method,
        url=url,
        headers=headers,
        body=body,
        deadline=integration.timeout_ms / 1000,
    )


def _fill_base(base_url: str, variables: Mapping[str, str]) -> str:
    return fill(base_url, variables).rstrip("/")


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


def _body(body: Any) -> tuple[bytes | None, dict[str, str]]:
    """Return a body and its type: text goes as it is, all else as JSON."""
    if body is None:
        return None, {}
    if isinstance(body, str):
        return body.encode(), {"Content-Type": "text/plain; charset=utf-8"}
    return json.dumps(body).encode(), {"Content-Type": "application/json"}
