"""What calls to the outside may reach."""

import re

from django.conf import settings

from egress.addresses import AddressPolicy, UrlRefused, check_url, is_address

_LOCALHOST = re.compile(r"(.+\.)?localhost\.?")  # RFC 6761, 6.3


def address_policy() -> AddressPolicy:
    """Return what the operator lets calls reach."""
    return AddressPolicy(
        allowed_networks=settings.PROBE_ALLOWED_NETWORKS,
        allowed_endpoint=settings.DEMO_PROVIDER,
    )


def check_reachable(url: str) -> None:
    """Raise UrlRefused for what is no URL, or has a blocked address as its host in any spelling.

    Where a name leads is looked at when it is called.
    """
    asked = check_url(url)
    host = "127.0.0.1" if _LOCALHOST.fullmatch(asked.host) else asked.host
    if is_address(host) and not address_policy().permits(host, asked.port):
        raise UrlRefused("The host is a private, local or reserved address, which is never called.")
