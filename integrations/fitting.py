"""What of an integration must go together: its authentication, base URL, headers and actions.

A secret must have its place in each request, and nothing else may stand there.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

from django.core.exceptions import ValidationError
from django.db.models import Q

from integrations import oauth2
from integrations.auth import presented_as, scheme_of
from integrations.models import Integration
from integrations.templates import (
    NO_SEGMENT,
    host_variables,
    is_segment,
    leading_away,
    origin_of,
    split_base,
    validate_host_variables,
    validate_path_variables,
    variables_of,
)

INTEGRATION_PARTS = ("auth", "base_url", "headers")
ACTION_PARTS = ("method", "path", "headers", "parameters", "body")
_WITH_BODY = ("POST", "PUT", "PATCH")


def presented_headers(auth: Mapping[str, Any]) -> list[str]:
    """Return the names of the headers that carry the secret."""
    match presented_as(auth):
        case {"type": "bearer" | "basic"}:
            return ["Authorization"]
        case {"type": "api_key_header", "header": header}:
            return [header]
        case {"type": "headers", "names": names}:
            return list(names)
        case _:
            return []


def presented_parameters(auth: Mapping[str, Any]) -> list[str]:
    """Return the names of the query parameters that carry the secret."""
    match presented_as(auth):
        case {"type": "api_key_query", "parameter": parameter}:
            return [parameter]
        case {"type": "query", "names": names}:
            return list(names)
        case _:
            return []


def misfits(
    *,
    auth: Mapping[str, Any],
    base_url: str,
    headers: Iterable[str],
    actions: Iterable[Mapping[str, Any]] = (),
) -> dict[str, str]:
    """Return what is wrong with an integration, by its field; `actions` are those that it has."""
    wrong = {}
    if twice := _common(headers, presented_headers(auth)):
        wrong["auth"] = f"The header {twice} carries the secret: leave it out of the headers."
    fills = scheme_of(auth).fills
    for action in actions:
        for part, text in action_misfits(auth=auth, base_url=base_url, action=action).items():
            place = "base_url" if part == "path" and fills else "auth"
            wrong[place] = f"The action {action['name']} does not go with it. {text}"
    for name in fills:
        if name in host_variables(base_url):
            wrong["base_url"] = f"{{{name}}} stands for the secret, which cannot be in the host."
    return wrong


def action_misfits(
    *, auth: Mapping[str, Any], base_url: str, action: Mapping[str, Any]
) -> dict[str, str]:
    """Return what is wrong with an action of an integration, by the action's field.

    `action` holds its path and, unless they have their default, its other parts.
    """
    wrong, path = _body_misfits(auth, action), action["path"]
    for name in scheme_of(auth).fills:
        if name not in variables_of(base_url + path):
            wrong["path"] = (
                f"Put {{{name}}} where the secret belongs: neither the path nor the base URL has"
                " a place for it."
            )
    in_path = {name for name, _ in parse_qsl(path.partition("?")[2], keep_blank_values=True)}
    if twice := sorted(in_path.intersection(presented_parameters(auth))):
        wrong["path"] = f"The query parameter {twice[0]} carries the secret: leave it out."
    if header := _common(action.get("headers", ()), presented_headers(auth)):
        wrong["headers"] = f"The header {header} carries the secret: leave it out."
    if parameter := _declared_twice(auth, action.get("parameters", ())):
        wrong["parameters"] = f"The parameter {parameter} carries the secret: leave it out."
    defaults = {p["name"]: p.get("default") or "" for p in action.get("parameters", ())}
    for name in leading_away(path, defaults):
        wrong["parameters"] = f"The default of {name} is part of the path: {NO_SEGMENT}"
    return wrong


def needed_variables(auth: Mapping[str, Any], base_url: str) -> list[str]:
    """Return the variables that a connection must give: for the base URL and those of `auth`."""
    used = variables_of(" ".join((base_url, *oauth2.urls(auth))))
    return [name for name in used if name not in scheme_of(auth).fills]


def secret_origin(auth: Mapping[str, Any], base_url: str, variables: Mapping[str, str]) -> str:
    """Return where a secret may be sent: scheme, host and port of the API, and with OAuth 2 those
    of the token URL behind it."""
    return " ".join(origin_of(url, variables) for url in (base_url, *oauth2.token_urls(auth)))


def check_variables(integration: Integration, variables: Mapping[str, str]) -> None:
    """Refuse a connection's variables that leave a URL unfilled, or fill it or a path badly.

    One query, and that only for values that cannot stand in a path.
    """
    named = Q()
    for name in variables:
        if not is_segment(variables[name]):
            named |= Q(path__contains=f"{{{name}}}")
    paths = integration.actions.filter(named).values_list("path", flat=True) if named else ()
    validate_filling(integration.auth, integration.base_url, variables, paths)


def validate_filling(
    auth: Mapping[str, Any],
    base_url: str,
    variables: Mapping[str, str],
    paths: Iterable[str] = (),
) -> None:
    """Refuse variables that fill the URLs, or the `paths` below the base URL, badly or not."""
    for name in scheme_of(auth).fills:
        if name in variables:
            raise ValidationError(
                f"{{{name}}} stands for the secret: enter it as the credential, not as a variable."
            )
    for name in needed_variables(auth, base_url):
        if not variables.get(name):
            raise ValidationError(f"The integration needs the variable {name}.")
    for url in (base_url, *oauth2.urls(auth)):
        validate_host_variables(url, variables)
        validate_path_variables(split_base(url)[1], variables)
    for path in paths:
        validate_path_variables(path, variables)


def _body_misfits(auth: Mapping[str, Any], action: Mapping[str, Any]) -> dict[str, str]:
    if auth["type"] != "json_body":
        return {}
    method, body = action.get("method", "GET"), action.get("body")
    if method not in _WITH_BODY:
        return {"method": f"The secret goes into the body, which a {method} has not: use a POST."}
    if body is not None and not isinstance(body, Mapping):
        return {"body": "The secret goes into the body: give a JSON object, or nothing."}
    if twice := sorted(set(body or {}).intersection(auth["names"])):
        return {"body": f"The field {twice[0]} carries the secret: leave it out."}
    return {}


def _declared_twice(auth: Mapping[str, Any], parameters: Sequence[Mapping[str, Any]]) -> str | None:
    by_place: dict[str, list[str]] = {"path": [], "query": [], "header": []}
    for parameter in parameters:
        by_place[parameter.get("in", "query")].append(parameter["name"])
    in_query = set(by_place["query"]).intersection(presented_parameters(auth))
    return min(in_query, default=_common(by_place["header"], presented_headers(auth)))


def _common(names: Iterable[str], others: Collection[str]) -> str | None:
    """Return the first of `names` that is among `others`; case makes no difference."""
    lowered = {other.lower() for other in others}
    return next((name for name in names if name.lower() in lowered), None)
