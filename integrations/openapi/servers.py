"""Where an OpenAPI document says that its API is."""

import re
from typing import Any

from django.core.exceptions import ValidationError

from integrations.models import Integration
from integrations.openapi.document import (
    Document,
    ImportRefused,
    as_list,
    as_object,
    as_scalar,
    as_text,
)

_VARIABLE = re.compile(r"\{([^{}]*)\}")
_ABSOLUTE = re.compile(r"https?://", re.IGNORECASE)
_GIVE_IT = "Give the address of the API as baseUrl."


def choose_base_url(document: Document) -> tuple[str, list[str]]:
    """Return the base URL, and warnings: the first server with https, else the first absolute one.

    Raises ImportRefused where no server says where the API is.
    """
    servers = [as_object(server) for server in as_list(document.root.get("servers"))]
    urls = [as_text(server.get("url")) for server in servers]
    templates = [_template(url, servers[n].get("variables")) for n, url in enumerate(urls)]
    absolute = [n for n, (url, _) in enumerate(templates) if _ABSOLUTE.match(url)]
    if not absolute:
        said = f"/servers/0/url: {urls[0][:200]} is relative" if urls else "It names no server"
        raise ImportRefused(f"{said}. {_GIVE_IT}", field="baseUrl")
    chosen = next((n for n in absolute if templates[n][0][:6].lower() == "https:"), absolute[0])
    url, warnings = templates[chosen]
    try:
        Integration._meta.get_field("base_url").run_validators(url)
    except ValidationError as error:
        text = f"/servers/{chosen}/url: {error.messages[0]} {_GIVE_IT}"
        raise ImportRefused(text, field="baseUrl") from None
    if others := [url[:200] for n, url in enumerate(urls) if n != chosen]:
        warnings = [*warnings, f"Other servers are left out: {', '.join(others[:10])}."]
    return url, warnings


def safe_name(name: str) -> str:
    """Return the name of a variable as templates take it: `user-id` becomes `user_id`."""
    safe = re.sub(r"[^A-Za-z0-9_]", "_", name)
    return safe if re.match(r"[A-Za-z_]", safe) else f"_{safe}"


def _template(url: str, variables: Any) -> tuple[str, list[str]]:
    """Return a server's URL as our template, and what a connection has to give for it.

    What stands for the scheme or the port, and what has only one value, is filled in.
    """
    warnings = []
    for name in dict.fromkeys(_VARIABLE.findall(url)):
        said = as_object(as_object(variables).get(name))
        choices = [(as_scalar(choice) or "")[:50] for choice in as_list(said.get("enum"))]
        default = (as_scalar(said.get("default")) or "")[:200]
        here = f"{{{name}}}"
        if default and (url.startswith(here) or f":{here}" in url or len(choices) == 1):
            url = url.replace(here, default)
            continue
        url = url.replace(here, f"{{{safe_name(name)}}}")
        warnings.append(_to_be_given(safe_name(name), default, choices))
    return url.rstrip("/"), warnings


def _to_be_given(name: str, default: str, choices: list[str]) -> str:
    said = [f"one of {', '.join(choices[:20])}"] if choices else []
    said += [f"the document's default is {default}"] if default else []
    return f"Each connection gives the variable {name}{': ' if said else ''}{'; '.join(said)}."
