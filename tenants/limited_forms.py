"""Forms by which people could guess, or have mails sent to others, without an end."""

import datetime as dt
from collections.abc import Sequence
from ipaddress import IPv6Address, IPv6Network, ip_address

from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone

from tenants import attempts
from tenants.attempts import Limit

_SITE_OF_IPV6 = 64  # bits; a household or a server has all addresses below


class LimitedForm:
    """`wait`: the seconds after which this person may try again, if there were too many."""

    wait = 0

    def count(self, limits: Sequence[Limit]) -> None:
        """Count an attempt. Raises ValidationError if it is one too many."""
        self.wait = attempts.count(limits)
        if self.wait:
            raise ValidationError(_too_many(self.wait))


def site(request: HttpRequest) -> str:
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


def _too_many(wait: int) -> str:
    until = timezone.now() + dt.timedelta(seconds=wait)
    minutes = -(-wait // 60)
    unit = "minute" if minutes == 1 else "minutes"
    return f"Too many attempts. Try again in {minutes} {unit}, at {until:%H:%M} UTC."
