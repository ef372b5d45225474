"""How the text of one environment variable becomes a value. Each parser raises ValidationError."""

import base64
import binascii
import ipaddress
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

import dj_database_url
from environs import Env, ValidationError, validate

CREDENTIAL_KEY_BYTES = 32  # AES-256
DATABASE_SCHEMES = ("postgres", "postgresql")
REDIS_SCHEMES = ("redis", "rediss", "unix")
BROKER_SCHEMES = (*REDIS_SCHEMES, "amqp", "amqps")
MAIL_SCHEMES = ("console", "smtp", "smtp+tls", "smtps")
MAIL_PORTS = {"smtp": 25, "smtp+tls": 587, "smtps": 465}

Networks = tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]


@dataclass(frozen=True, kw_only=True)
class Mail:
    """Where e-mail goes: the scheme is one of MAIL_SCHEMES, `smtp+tls` upgrades with STARTTLS."""

    scheme: str
    host: str
    port: int
    user: str
    password: str = field(repr=False)


def reader() -> Env:
    """A reader that knows our kinds of values and collects every fault before it complains."""
    env = Env(eager=False)
    env.add_parser("database", database)
    env.add_parser("redis_url", url_of(REDIS_SCHEMES))
    env.add_parser("broker_url", url_of(BROKER_SCHEMES))
    env.add_parser("credential_keys", credential_keys)
    env.add_parser("networks", networks)
    env.add_parser("mail", mail)
    env.add_parser("origin", origin)
    env.add_parser("emails", emails)
    return env


def split_url(text: str, schemes: tuple[str, ...]) -> SplitResult:
    """The URL's parts. The message never repeats the text, which may hold a password."""
    wanted = ValidationError(f"must be a URL that begins with {'://, '.join(schemes)}://")
    try:
        url = urlsplit(text)
        _ = url.port
    except ValueError:
        raise wanted from None
    if url.scheme not in schemes:
        raise wanted
    return url


def url_of(schemes: tuple[str, ...]) -> Callable[[str], str]:
    """A parser that lets URLs of these schemes through unchanged."""

    def parse(text: str) -> str:
        url = split_url(text, schemes)
        if not (url.hostname or url.path.strip("/")):
            raise ValidationError("names no server")
        return text

    return parse


def database(text: str) -> dict[str, Any]:
    """An entry of Django's `DATABASES`."""
    split_url(text, DATABASE_SCHEMES)
    try:
        entry = dict(dj_database_url.parse(text))
    except ValueError:
        raise ValidationError("is no valid database URL") from None
    if not entry["NAME"]:
        raise ValidationError("names no database: postgresql://user:password@host:5432/NAME")
    return entry


def credential_keys(text: str) -> list[bytes]:
    """Comma-separated base64 in either alphabet, newest first."""
    return [_credential_key(part.strip()) for part in text.split(",")]


def _credential_key(text: str) -> bytes:
    standard = text.replace("-", "+").replace("_", "/").rstrip("=")
    try:
        key = base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != CREDENTIAL_KEY_BYTES:
        raise ValidationError(f"must be base64 of {CREDENTIAL_KEY_BYTES} bytes, comma-separated")
    return key


def networks(text: str) -> Networks:
    """Comma-separated CIDR blocks."""
    blocks = (part.strip() for part in text.split(","))
    try:
        return tuple(ipaddress.ip_network(block) for block in blocks if block)
    except ValueError as error:
        raise ValidationError(f"must be a list of networks like 10.0.0.0/8: {error}") from None


def mail(text: str) -> Mail:
    """`console://`, `smtp://user:password@host:25`, `smtp+tls://…:587` or `smtps://…:465`."""
    url = split_url(text, MAIL_SCHEMES)
    if url.scheme != "console" and not url.hostname:
        raise ValidationError("names no mail server")
    return Mail(
        scheme=url.scheme,
        host=url.hostname or "",
        port=url.port or MAIL_PORTS.get(url.scheme, 0),
        user=unquote(url.username or ""),
        password=unquote(url.password or ""),
    )


def origin(text: str) -> str:
    """Scheme, host and port of a site, without a path."""
    url = split_url(text, ("http", "https"))
    if not url.hostname or url.path not in {"", "/"} or url.query:
        raise ValidationError("must look like https://vitals.example.com, without a path")
    return f"{url.scheme}://{url.netloc}"


def emails(text: str) -> list[str]:
    """Comma-separated e-mail addresses."""
    addresses = [part.strip() for part in text.split(",") if part.strip()]
    check = validate.Email(error="must be e-mail addresses, comma-separated")
    for address in addresses:
        check(address)
    return addresses
