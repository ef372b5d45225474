"""Incidents that several organisations see: of a provider of the catalogue, at its own hosts.

Each organisation counts once, whatever the number of its connections. None learns more of the
others than how many they are, and that only from five on.
"""

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.conf import settings

from healthchecks.statements import fetch
from incidents.failing import BEGAN_TO_FAIL, SEEN, Failing
from incidents.models import LEAST_ORGANISATIONS
from incidents.significance import chance
from incidents.usual import usual_rate
from integrations.catalogue import providers
from integrations.templates import split_base, variables_of

_OPEN = "SELECT provider, tenant_id FROM incidents WHERE resolved_at IS NULL AND provider <> ''"

_OF_PROVIDER = f"""
SELECT i.id, i.tenant_id, i.base_url,
       count(*) FILTER (WHERE {BEGAN_TO_FAIL}), count(*) FILTER (WHERE {SEEN}),
       EXISTS (SELECT FROM incidents x WHERE x.integration_id = i.id AND x.resolved_at IS NULL)
FROM integrations i JOIN connection_health h ON h.integration_id = i.id
WHERE i.provider = %(provider)s
GROUP BY i.id
"""  # noqa: S608 - made of constants


@dataclass(frozen=True, kw_only=True)
class Wider:
    """The integrations of one provider that fail at so many organisations."""

    integrations: Collection[UUID]
    organisations: int


@dataclass(frozen=True, kw_only=True)
class _Part:
    """What one tenant has of a provider. `affected`: an incident of it is open."""

    integration_id: UUID
    failing: int
    seen: int
    affected: bool


def find_wider(
    failing: Iterable[Failing], now: dt.datetime, parameters: Mapping[str, Any]
) -> list[Wider]:
    """Return what fails at several organisations at once. One query where none do."""
    tenants = defaultdict[str, set[UUID]](set)
    for provider, tenant_id in fetch(_OPEN):
        tenants[provider].add(tenant_id)
    for each in failing:
        if at_its_own_host(each.provider, each.base_url):
            tenants[each.provider].add(each.tenant_id)
    several = (slug for slug, whose in tenants.items() if len(whose) >= LEAST_ORGANISATIONS)
    found = (_judge(_parts(slug, parameters), now) for slug in several)
    return [wider for wider in found if wider]


def at_its_own_host(provider: str, base_url: str) -> bool:
    """Whether calls go to a host of this provider of the catalogue, rather than to one that a
    customer runs, or put in its place."""
    host = _host(base_url)
    return any(pattern.fullmatch(host) for pattern in _own_hosts(provider))


def _judge(parts: Mapping[UUID, Sequence[_Part]], now: dt.datetime) -> Wider | None:
    failing = [tenant for tenant, those in parts.items() if _fails(those)]
    if len(failing) < LEAST_ORGANISATIONS:
        return None
    rate = usual_rate((part.integration_id for those in parts.values() for part in those), now)
    if chance(len(failing), len(parts), rate) >= settings.INCIDENT_SIGNIFICANCE:
        return None
    affected = [
        part.integration_id
        for tenant in failing
        for part in parts[tenant]
        if part.failing or part.affected
    ]
    return Wider(integrations=affected, organisations=len(failing))


def _fails(parts: Sequence[_Part]) -> bool:
    """Whether most of a tenant's connections began to fail: by chance no likelier than for one."""
    most = 2 * sum(part.failing for part in parts) > sum(part.seen for part in parts)
    return most or any(part.affected for part in parts)


def _parts(provider: str, parameters: Mapping[str, Any]) -> Mapping[UUID, Sequence[_Part]]:
    """Return, by tenant, what is called of a provider at its own hosts."""
    parts = defaultdict[UUID, list[_Part]](list)
    rows = fetch(_OF_PROVIDER, {**parameters, "provider": provider})
    for pk, tenant_id, base_url, failing, seen, affected in rows:
        if (seen or affected) and at_its_own_host(provider, base_url):
            part = _Part(integration_id=pk, failing=failing, seen=seen, affected=affected)
            parts[tenant_id].append(part)
    return parts


@lru_cache(maxsize=256)
def _own_hosts(provider: str) -> tuple[re.Pattern[str], ...]:
    """Return what the catalogue has as hosts. A variable may stand for labels of a name whose end
    is the provider's; not for a whole host, which each customer names itself."""
    known = providers().get(provider)
    hosts = {_host(way.base_url) for way in known.ways} if known else set[str]()
    return tuple(
        re.compile(re.sub(r"\\\{\w+\\\}", r"[a-z0-9_{}.-]+", re.escape(host)))
        for host in hosts
        if not variables_of(host) or re.search(r"\}(\.[a-z0-9-]+){2,}$", host)
    )


def _host(base_url: str) -> str:
    return split_base(base_url)[0].partition("://")[2].lower()
