"""By which client tokens are asked for: the one that was entered, else the operator's."""

import re
from collections.abc import Iterator, Mapping

from connections.models import OAuthClient
from connections.oauth.protocol import Client
from integrations import oauth2
from integrations.catalogue import providers
from integrations.models import Integration
from integrations.templates import host_variables
from tenants.row_security import for_all_tenants

_DEFAULT_METHOD = "client_secret_post"
_SUBDOMAIN = re.compile(r"https://[^/]*\}(\.[a-z0-9-]+){2,}(/|$)")


def client_of(integration: Integration, secret: Mapping[str, str]) -> Client | None:
    """Return who asks for tokens; None where nobody can. Raises DecryptionError."""
    method = integration.auth.get("tokenEndpointAuthMethod", _DEFAULT_METHOD)
    if "clientId" in secret:
        return Client(id=secret["clientId"], secret=secret.get("clientSecret", ""), method=method)
    if not _is_the_providers_own(integration):
        return None
    with for_all_tenants():
        stored = OAuthClient.objects.filter(provider=integration.provider).first()
    if stored is None:
        return None
    return Client(id=stored.client_id, secret=stored.secret(), method=method)


def _is_the_providers_own(integration: Integration) -> bool:
    """Whether the integration is, to the letter, what the catalogue says of its provider.

    Else a tenant could have the operator's secret, or tokens that were consented to in the
    operator's name, sent to a host of its own. Therefore, too, a variable in a host can only be a
    subdomain of the provider's.
    """
    urls = (integration.base_url, *oauth2.urls(integration.auth))
    return (integration.auth.get("grantType"), urls) in served_ways(integration.provider)


def served_ways(slug: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the grant and the URLs of each of a provider's ways for an operator's client."""
    for grant, urls in _ways(slug):
        if all(_SUBDOMAIN.match(url) for url in urls if host_variables(url)):
            yield grant, urls


def _ways(slug: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the grant and the URLs of each way to get tokens that the catalogue has."""
    provider = providers().get(slug)
    for way in provider.ways if provider else ():
        if "grantType" in way.auth:
            yield way.auth["grantType"], (way.base_url, *oauth2.urls(way.auth))
