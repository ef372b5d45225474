"""Signing in by a password, which nobody can guess at for long."""

import datetime as dt
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Any

from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone

from tenants import attempts
from tenants.attempts import Limit

_WINDOW = 15 * 60  # seconds
# The first stops one machine that tries a few passwords of many people, and leaves room for an
# office behind one address. Who mistypes a password is far from the second. The third stops many
# machines, and is so high that keeping somebody out takes many of them.
_BY_ADDRESS = 100
_BY_NAME_AND_ADDRESS = 10
_BY_NAME = 200
_SITE_OF_IPV6 = 64  # bits; a household or a server has all addresses below


class SignInForm(AuthenticationForm):
    """`wait`: the seconds after which this person may try again, if there were too many."""

    wait = 0
    error_messages = AuthenticationForm.error_messages | {
        "invalid_login": "Nobody has this name and this password. Capital letters matter."
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = "E-mail address or user name"

    def clean(self) -> dict[str, Any]:
        name = self.cleaned_data.get("username")
        if not name or not self.request:
            return super().clean()
        limits = _limits(name.casefold(), _site(self.request))
        self.wait = attempts.count(limits)
        if self.wait:
            raise ValidationError(_too_many(self.wait))
        cleaned = super().clean()
        attempts.take_back(limits)
        return cleaned


def _limits(name: str, site: str) -> tuple[Limit, ...]:
    by = {
        ("address", site): _BY_ADDRESS,
        ("name", name, site): _BY_NAME_AND_ADDRESS,
        ("name", name): _BY_NAME,
    }
    return tuple(
        Limit(who=("sign-in", *who), many=many, seconds=_WINDOW) for who, many in by.items()
    )


def _too_many(wait: int) -> str:
    until = timezone.now() + dt.timedelta(seconds=wait)
    minutes = -(-wait // 60)
    unit = "minute" if minutes == 1 else "minutes"
    return f"Too many attempts. Try again in {minutes} {unit}, at {until:%H:%M} UTC."


def _site(request: HttpRequest) -> str:
    """Return where a request comes from: an IPv4 address, or the network of an IPv6 one."""
    own: str = request.META.get("REMOTE_ADDR", "")
    # Each proxy adds at the end whom it was asked by; what stands before, anybody can invent.
    told = request.headers.get("X-Forwarded-For", "").split(",")
    way = [own, *(address for hop in reversed(told) if (address := hop.strip()))]
    address = way[min(settings.PROXIES_IN_FRONT, len(way) - 1)]
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return str(found)
    return str(found.ipv4_mapped or IPv6Network((int(found), _SITE_OF_IPV6), strict=False))
