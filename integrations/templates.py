"""URL templates and headers of integrations and actions: what they may hold, how they are filled.

A template names variables in braces: `https://{site}.example.com`, `/users/{id}`.
"""

import functools
import re
from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from django.core.exceptions import ValidationError

from api.describing import record, refer, takes
from egress.addresses import UrlRefused
from egress.headers import SET_BY_CLIENT
from integrations.reach import check_reachable

_VARIABLE = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.\-\[\]]{0,99}")
_HOST_VALUE = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")  # RFC 9110, 5.6.2
_FIELD_VALUE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e\t]*[\x21-\x7e])?|")  # RFC 9110, 5.5, ASCII
_UNSAFE = re.compile(r"[\x00-\x20\x7f\\]")
_DOTS = re.compile(r"(?:^|/)(?:\.|%2e){1,2}(?:/|$)", re.IGNORECASE)  # RFC 3986, 5.2.4
_SEGMENT = re.compile(r"(?!\.{1,2}$)[^/\\?#\x00-\x1f\x7f]*")
NO_SEGMENT = "no slash, backslash, question mark or # there, nor dots alone."
_PLACES = ("path", "query", "header")
_SECRET_HEADERS = frozenset({"authorization", "proxy-authorization", "cookie"})


# What the validators below let pass, as JSON Schema.
HEADER_NAME = {"type": "string", "pattern": f"^{_TOKEN.pattern}$"}
HEADER_VALUE: dict[str, Any] = {
    "type": "string",
    "maxLength": 8_000,
    "pattern": r"^([\x21-\x7e]([\x20-\x7e\t]*[\x21-\x7e])?)?$",
}
_HEADERS = {
    "type": "object",
    "maxProperties": 50,
    "propertyNames": HEADER_NAME,
    "additionalProperties": HEADER_VALUE,
}
PARAMETER_NAME = {"type": "string", "pattern": f"^{_NAME.pattern}$"}
_VARIABLES = {
    "type": "object",
    "propertyNames": {"pattern": f"^{_NAME.pattern}$"},
    "additionalProperties": {"type": "string", "maxLength": 500},
}
_PARAMETER = record(
    {
        "name": PARAMETER_NAME,
        "in": {"enum": list(_PLACES), "type": "string", "default": "query"},
        "required": {"type": "boolean", "default": False},
        "default": {"type": ["string", "null"], "maxLength": 2000},
    },
    ["name"],
)


class VariableMissing(Exception):
    """A template needs a variable that has no value which can stand there. `name` says which."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def variables_of(template: str) -> list[str]:
    """Return the names of the variables in `template`, in order."""
    return list(_variables_of(template))


@functools.lru_cache(maxsize=4096)
def _variables_of(template: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_VARIABLE.findall(template)))


def host_variables(base_url: str) -> list[str]:
    """Return the names of the variables that are part of the host of `base_url`."""
    return variables_of(_authority(base_url))


def origin_of(base_url: str, variables: Mapping[str, str]) -> str:
    """Return scheme, host and port of `base_url` once filled; what has no value stays as it is."""
    known = tuple(str(variables.get(name, f"{{{name}}}")) for name in _variables_of(base_url))
    return _origin(base_url, known)


@functools.lru_cache(maxsize=4096)
def _origin(base_url: str, values: tuple[str, ...]) -> str:
    known = dict(zip(_variables_of(base_url), values, strict=True))
    split = urlsplit(_VARIABLE.sub(lambda match: known[match[1]], base_url))
    return f"{split.scheme}://{split.netloc}".lower()


def split_base(base_url: str) -> tuple[str, str]:
    """Return the template of scheme, host and port, and that of the path below."""
    scheme, _, rest = base_url.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host}", slash + path


def fill(template: str, values: Mapping[str, str], *, safe: str = "") -> str:
    """Return `template` with each variable replaced by its percent-encoded value.

    `safe` are the characters that stay as they are. Raises VariableMissing.
    """

    def value(match: re.Match[str]) -> str:
        try:
            return quote(str(values[match[1]]), safe=safe)
        except KeyError:
            raise VariableMissing(match[1]) from None

    return _VARIABLE.sub(value, template)


def fill_path(template: str, values: Mapping[str, str], *, safe: str = "") -> str:
    """Fill a path with an optional query, as `fill` does.

    Raises VariableMissing, too, where the path would lead elsewhere: by dots, which clients and
    servers resolve (RFC 3986, 5.2.4), or by slashes, which some servers take decoded. Where it has
    no variable, `name` is the path.
    """
    path, mark, query = template.partition("?")
    names = variables_of(path)
    for name in names:
        if set("/\\") & set(str(values.get(name, ""))):
            raise VariableMissing(name)
    filled = fill(path, values, safe=safe)
    if _DOTS.search(filled):
        raise VariableMissing(names[0] if names else path)
    return filled + mark + fill(query, values, safe=safe)


def is_segment(text: Any) -> bool:
    """Whether a text can fill a place in a path without leading to another one."""
    return isinstance(text, str) and bool(_SEGMENT.fullmatch(text))


def leading_away(path: str, values: Mapping[str, str]) -> list[str]:
    """Return the names of the `values` that would turn `path`, up to its query, into another."""
    names = variables_of(path.partition("?")[0])
    return [name for name in names if not is_segment(values.get(name, ""))]


@takes({"pattern": r"^https?://[^?#\s]+$"})
def validate_base_url(value: str) -> None:
    """Refuse what could not be the start of a URL whatever the variables are."""
    try:
        check_reachable(_VARIABLE.sub("v", value))
    except UrlRefused as error:
        raise ValidationError(str(error)) from None
    if "?" in value or "#" in value:
        raise ValidationError("Leave the query and the fragment out.")
    _refuse_other_path(split_base(value)[1])
    _refuse_stray_braces(value)


@takes({"pattern": r"^/([^/#\s\\][^#\s\\]*)?$"})
def validate_path(value: str) -> None:
    """Refuse what is not a path below the base URL, with an optional query."""
    if not value.startswith("/"):
        raise ValidationError("Start the path with a slash.")
    if value.startswith("//"):
        raise ValidationError("A path cannot start with two slashes.")
    if _UNSAFE.search(value) or "#" in value:
        raise ValidationError("A path has no spaces, control characters, backslashes or fragment.")
    _refuse_other_path(value)
    _refuse_stray_braces(value)


@takes(Headers=_HEADERS)
def validate_headers(value: Any) -> None:
    """Refuse header names and values that HTTP does not allow, or that Vitals sets itself."""
    if not isinstance(value, dict):
        raise ValidationError("Give the headers as an object of names and values.")
    if len(value) > 50:
        raise ValidationError("At most 50 headers.")
    for name, text in value.items():
        validate_header_name(name)
        if name.lower() in _SECRET_HEADERS:
            raise ValidationError(
                f"The header {name} is a secret, which everybody here could read:"
                " it belongs into a connection's credential."
            )
        validate_header_value(text)
    _refuse_same_header(value)


def validate_header_name(name: Any) -> None:
    if not isinstance(name, str) or not _TOKEN.fullmatch(name):
        raise ValidationError("A header name has letters, digits and dashes, at most 100.")
    if name.lower() in SET_BY_CLIENT:
        raise ValidationError(f"The header {name} is set by Vitals itself.")


def validate_header_names(names: Any, *, most: int) -> None:
    """Refuse what is not a list of `most` header names at most, each there once in any case."""
    _refuse_no_list(names, "headers", most)
    for name in names:
        validate_header_name(name)
    _refuse_same_header(names)


def validate_parameter_names(names: Any, *, most: int) -> None:
    """Refuse what is not a list of `most` names at most, each there once."""
    _refuse_no_list(names, "secret fields", most)
    for name in names:
        validate_parameter_name(name)
    if len(set(names)) < len(names):
        raise ValidationError("Name each field once.")


def _refuse_same_header(names: Collection[str]) -> None:
    if len({name.lower() for name in names}) < len(names):
        raise ValidationError("Name each header once: upper and lower case are the same.")


def _refuse_no_list(names: Any, what: str, most: int) -> None:
    if not isinstance(names, list) or not 0 < len(names) <= most:
        raise ValidationError(f"Give the names of the {what} as a list, at most {most}.")


def validate_parameter_name(name: Any) -> None:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ValidationError(
            "A parameter's name has letters, digits, dots, dashes and underscores."
        )


def validate_header_value(text: Any) -> None:
    if not is_header_value(text):
        raise ValidationError(
            "A header value is text without line breaks or control characters,"
            " at most 8,000 characters of ASCII."
        )


def is_header_value(text: Any) -> bool:
    return isinstance(text, str) and len(text) <= 8_000 and bool(_FIELD_VALUE.fullmatch(text))


@takes(Variables=_VARIABLES)
def validate_variables(value: Any) -> None:
    """Refuse variables that are not a short object of names and texts."""
    if not isinstance(value, dict):
        raise ValidationError("Give the variables as an object of names and texts.")
    for name, text in value.items():
        if not _NAME.fullmatch(name):
            raise ValidationError("A variable's name has letters, digits and underscores.")
        if not isinstance(text, str) or len(text) > 500 or not text.isprintable():
            raise ValidationError(
                f"The variable {name} must be text without line breaks, at most 500 characters."
            )


def validate_host_variables(base_url: str, variables: Mapping[str, str]) -> None:
    """Refuse values that would turn the host of `base_url` into another place, or a blocked one."""
    names = host_variables(base_url)
    for name in names:
        if name in variables and not _HOST_VALUE.fullmatch(variables[name]):
            raise ValidationError(
                f"The variable {name} is part of the host:"
                " only letters, digits, dots and dashes are allowed."
            )
    if names and set(names) <= set(variables):
        try:
            check_reachable(fill(split_base(base_url)[0], variables))
        except UrlRefused as error:
            raise ValidationError(f"With the variable {', '.join(names)}: {error}") from None


def validate_path_variables(path: str, variables: Mapping[str, str]) -> None:
    for name in leading_away(path, variables):
        raise ValidationError(f"The variable {name} is part of a path: {NO_SEGMENT}")


@takes(
    Parameters={"type": "array", "maxItems": 100, "items": refer("Parameter")},
    Parameter=_PARAMETER,
)
def validate_parameters(value: Any) -> None:
    """Refuse what is not a list of `{name, in, required, default}`."""
    if not isinstance(value, list) or len(value) > 100:
        raise ValidationError("Give the parameters as a list, at most 100.")
    for position, parameter in enumerate(value):
        try:
            _validate_parameter(parameter)
        except ValidationError as error:
            raise ValidationError(f"Parameter {position + 1}: {error.message}") from None


def _validate_parameter(parameter: Any) -> None:
    if not isinstance(parameter, dict):
        raise ValidationError("give an object.")
    if unknown := set(parameter) - {"name", "in", "required", "default"}:
        raise ValidationError(f"unknown field {min(unknown)}.")
    validate_parameter_name(parameter.get("name"))
    if parameter.get("in", "query") not in _PLACES:
        raise ValidationError(f"'in' is one of {', '.join(_PLACES)}.")
    if not isinstance(parameter.get("required", False), bool):
        raise ValidationError("'required' is true or false.")
    default = parameter.get("default")
    if default is not None and (not isinstance(default, str) or len(default) > 2000):
        raise ValidationError("the default is text, at most 2,000 characters, or null.")
    if parameter.get("in") == "header":
        validate_header_name(parameter["name"])
        validate_header_value(default or "")


def _refuse_other_path(path: str) -> None:
    if "\\" in path or _DOTS.search(path.partition("?")[0]):
        raise ValidationError("Write the path without backslashes and without the parts . and ..")


def _refuse_stray_braces(value: str) -> None:
    if set("{}") & set(_VARIABLE.sub("", value)):
        raise ValidationError("Write a variable as {name}, with letters, digits and underscores.")


def _authority(base_url: str) -> str:
    return urlsplit(_VARIABLE.sub(lambda match: f"{{{match[1]}}}", base_url)).netloc
