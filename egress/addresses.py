"""What may be reached: one policy for every call, and what a URL must look like to be one."""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
)
from urllib.parse import quote, urlsplit

import idna

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# IANA's special-purpose registry, and what clouds answer on. The standard library's `is_global`
# changes between Python versions, so the list is ours.
_FORBIDDEN_IPV4 = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade NAT; Alibaba's metadata
        "127.0.0.0/8",
        "168.63.129.16/32",  # Azure's host
        "169.254.0.0/16",  # link-local; most clouds' metadata
        "172.16.0.0/12",
        "192.0.0.0/24",  # protocol assignments; Oracle's metadata
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",
        "198.18.0.0/15",  # benchmarking
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved; broadcast
    )
)

# Everything outside is loopback, link-local, site-local, unique local, multicast, local-use NAT64,
# IPv4-compatible or unassigned.
_GLOBAL_IPV6 = IPv6Network("2000::/3")
_FORBIDDEN_IPV6 = tuple(
    IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments; Teredo, benchmarking, ORCHID
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4, given up in 2015
        "3fff::/20",  # documentation
    )
)
_NAT64 = IPv6Network("64:ff9b::/96")


@dataclass(frozen=True, kw_only=True)
class AddressPolicy:
    """Which addresses may be called: public ones, and what the operator opened.

    An address that only wraps an IPv4 one (``::ffff:a.b.c.d``, NAT64) is judged as the IPv4 it
    reaches. Obsolete wrappings (IPv4-compatible, 6to4, Teredo) are refused whatever they hold,
    unless a network opens them by name. ``allowed_endpoint`` is one exact address and port.
    """

    allowed_networks: tuple[Network, ...] = ()
    allowed_endpoint: tuple[str, int] | None = None

    def permits(self, address: str | Address, port: int) -> bool:
        """Whether ``address`` may be connected to. False for what is not a plain address."""
        return _permits(self, str(address), port)


@lru_cache(maxsize=8192)
def _permits(policy: AddressPolicy, text: str, port: int) -> bool:
    try:
        address = ip_address(text)
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.scope_id is not None:
        return False
    if policy.allowed_endpoint is not None:
        host, open_port = policy.allowed_endpoint
        if port == open_port and address == ip_address(host):
            return True
    reached = _reached(address)
    if any(address in network or reached in network for network in policy.allowed_networks):
        return True
    return _is_public(reached)


def _reached(address: Address) -> Address:
    """The IPv4 address that packets to a wrapping IPv6 address end up at, else the address."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    if address.is_loopback:  # so that opening 127.0.0.0/8 opens "localhost" as well
        return IPv4Address("127.0.0.1")
    return address


def _is_public(address: Address) -> bool:
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _FORBIDDEN_IPV4)
    return address in _GLOBAL_IPV6 and not any(address in network for network in _FORBIDDEN_IPV6)


class UrlRefused(ValueError):
    """A URL that is never called. ``reason`` is a fixed sentence without any part of the URL."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, kw_only=True)
class SplitUrl:
    """A URL that may be called if its addresses may.

    ``host`` is lower-case ASCII without brackets; if it is an address in any spelling that a
    resolver takes (``127.1``, ``0x7f000001``), it is that address in its usual spelling.
    ``path`` and ``query`` are percent-encoded; they can hold secrets, so they are not shown.
    """

    scheme: str
    host: str
    port: int
    path: str = field(repr=False)
    query: str = field(repr=False)


_DEFAULT_PORTS = {"http": 80, "https": 443}
_BLANK_OR_CONTROL = re.compile(r"[\x00-\x20\x7f]")
_AUTHORITY = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([^\[\]:@]+))(?::([0-9]*))?")
_NAME = re.compile(r"(?=.{1,253}\.?\Z)(?:[a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}\.?")
# A last label like this makes a resolver read the whole as an IPv4 address.
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
# What RFC 3986 lets stand in a path or query; "%" keeps escapes as they are.
_SAFE = "!$%&'()*+,/:;=?@~-._"


def is_address(host: str) -> bool:
    """Whether a checked URL's host is an address, so that there is no name to look up."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def check_url(url: str) -> SplitUrl:
    """Take a URL apart. Raises UrlRefused unless it is plain http or https with a sound host."""
    if _BLANK_OR_CONTROL.search(url):
        raise UrlRefused("The URL contains a space or a control character.")
    try:
        parts = urlsplit(url)
        path, query = quote(parts.path or "/", safe=_SAFE), quote(parts.query, safe=_SAFE)
    except ValueError:
        raise UrlRefused("The URL is malformed.") from None
    if parts.scheme not in _DEFAULT_PORTS:
        raise UrlRefused("The URL must start with http:// or https://.")
    if "@" in parts.netloc:
        raise UrlRefused("The URL must not contain a user name or password.")
    authority = _AUTHORITY.fullmatch(parts.netloc)
    if authority is None:
        raise UrlRefused("The URL's host or port is missing or malformed.")
    ipv6, name, port = authority.groups()
    return SplitUrl(
        scheme=parts.scheme,
        host=_ipv6(ipv6) if ipv6 else _name(name),
        port=_port(port) if port else _DEFAULT_PORTS[parts.scheme],
        path=path,
        query=query,
    )


def _port(text: str) -> int:
    port = int(text) if len(text) <= 5 else 0
    if not 0 < port <= 65535:
        raise UrlRefused("The URL's port must be between 1 and 65535.")
    return port


def _ipv6(text: str) -> str:
    try:
        return str(IPv6Address(text))
    except ValueError:
        raise UrlRefused("The URL's host is not a valid IPv6 address.") from None


def _name(text: str) -> str:
    try:
        name = text.lower() if text.isascii() else idna.encode(text, uts46=True).decode().lower()
    except UnicodeError:
        raise UrlRefused("The URL's host is not a valid name.") from None
    if not _NAME.fullmatch(name):
        raise UrlRefused("The URL's host is not a valid name.")
    bare = name.removesuffix(".")
    if not _NUMBER.fullmatch(bare.rpartition(".")[2]):
        return name
    try:
        return socket.inet_ntoa(socket.inet_aton(bare))
    except OSError:
        raise UrlRefused("The URL's host is not a valid IPv4 address.") from None
