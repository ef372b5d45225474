"""What a base URL, a path, a header and a variable may hold, and how templates are filled."""

from ipaddress import ip_network
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from integrations import templates
from integrations.templates import VariableMissing, fill, host_variables, origin_of, split_base


@pytest.mark.parametrize(
    "value",
    [
        "https://api.example.com",
        "https://{site}.example.com/api/v1",
        "http://93.184.216.34:8080/x",
        "http://intranet/x",  # where a name leads is looked at when it is called
        "https://example.com/.well-known/...",
        "https://{host}",
        "https://example.com/{tenant}/",
    ],
)
def test_a_base_url_is_accepted(value: str) -> None:
    templates.validate_base_url(value)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "example.com",
        "ftp://example.com",
        "file:///etc/passwd",
        "https://user:secret@example.com",
        "https://",
        "https://example.com/?key=1",
        "https://example.com/#top",
        "https://example.com/a b",
        "https://example.com/\n",
        "https://example.com\\@evil.example.com",
        "https://{site.example.com",
        "https://{si te}.example.com",
        "https://{}.example.com",
        "https://example.com/a/../b",
        "https://example.com/%2e%2E",
        "https://example.com/a/.",
        "https://example.com/a\\b",
        "http://10.0.0.1:8080/x",
        "http://169.254.169.254/{path}",
        "http://0x7f000001",
        "http://2130706433/",
        "http://127.1",
        "http://[::ffff:127.0.0.1]",
        "http://[fd00::1]",
        "https://localhost:8443/x",
        "https://a.localhost.",
    ],
)
def test_a_base_url_is_refused(value: str) -> None:
    with pytest.raises(ValidationError):
        templates.validate_base_url(value)


@pytest.mark.parametrize(
    "value",
    [
        "me",
        "//evil.example.com",
        "/a b",
        "/a\nb",
        "/a#b",
        "/{a",
        "/\\x",
        "/a/../b",
        "/..",
        "/./a",
        "/%2e%2E/a?b=1",
    ],
)
def test_a_path_is_refused(value: str) -> None:
    with pytest.raises(ValidationError):
        templates.validate_path(value)


@pytest.mark.parametrize(
    "value",
    [
        {"Host": "evil"},
        {"TE": "trailers"},
        {"X-A": "one\r\nX-B: two"},
        {"X A": "v"},
        {"X-A": 5},
        {"": "v"},
        {"X-A": " v"},
        {"X-A": "1", "x-a": "2"},
        ["X-A"],
        {f"X-{n}": "v" for n in range(51)},
    ],
    ids=str,
)
def test_headers_are_refused(value: Any) -> None:
    with pytest.raises(ValidationError):
        templates.validate_headers(value)


@pytest.mark.parametrize(
    "value", ["evil.example.com/", "a/b", "a@b", "a:1", "a\nb", "", "-", "a b", "a#", "[::1]"]
)
def test_a_variable_cannot_turn_the_host_into_another_place(value: str) -> None:
    with pytest.raises(ValidationError, match="site"):
        templates.validate_host_variables("https://{site}.example.com", {"site": value})


@pytest.mark.parametrize("value", ["127.0.0.1", "0x7f.1", "2130706433", "localhost", "a.localhost"])
def test_a_variable_cannot_lead_to_a_blocked_address(value: str) -> None:
    with pytest.raises(ValidationError, match="host: The host is a private"):
        templates.validate_host_variables("https://{host}/x", {"host": value})


def test_what_the_operator_allows_can_be_a_base_url(settings: Any) -> None:
    settings.DEMO_PROVIDER = ("127.0.0.1", 4444)
    templates.validate_base_url("http://127.0.0.1:4444/x")
    with pytest.raises(ValidationError):
        templates.validate_base_url("http://127.0.0.1:4445/x")
    settings.PROBE_ALLOWED_NETWORKS = (ip_network("10.0.0.0/8"),)
    templates.validate_base_url("http://10.0.0.1/x")
    templates.validate_host_variables("https://{host}/x", {"host": "10.1.2.3"})


def test_values_are_percent_encoded() -> None:
    assert fill("/{a}/x/{b}", {"a": "one/two", "b": "ä?"}) == "/one%2Ftwo/x/%C3%A4%3F"


def test_characters_can_be_left_as_they_are() -> None:
    assert fill("/{a}", {"a": "1:2/3"}, safe=":") == "/1:2%2F3"


@pytest.mark.parametrize(
    ("base_url", "host", "path"),
    [
        ("https://{site}.example.com:8443/a/{b}/", "https://{site}.example.com:8443", "/a/{b}/"),
        ("http://example.com", "http://example.com", ""),
    ],
)
def test_a_base_url_is_split_where_its_path_begins(base_url: str, host: str, path: str) -> None:
    assert split_base(base_url) == (host, path)


def test_what_has_no_value_is_named() -> None:
    with pytest.raises(VariableMissing) as caught:
        fill("/{a}/{b}", {"a": "x"})
    assert caught.value.name == "b"


def test_the_origin_is_scheme_host_and_port() -> None:
    base = "https://{site}.Example.com:8443/{path}"
    assert host_variables(base) == ["site"]
    assert origin_of(base, {"site": "Acme", "path": "x"}) == "https://acme.example.com:8443"
    assert origin_of(base, {"site": "a"}) == origin_of(base, {"site": "a", "path": "other"})
    assert origin_of(base, {"site": "a"}) != origin_of(base, {"site": "b"})
    assert origin_of(base, {}) == "https://{site}.example.com:8443"
