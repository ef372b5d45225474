"""The catalogue of providers: one TOML file each under `providers/`, discovered by its name."""

import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from integrations.auth import secret_fields
from integrations.auth_fields import SecretField
from integrations.provider_files import read_file

FOLDER = Path(__file__).parent / "providers"


@dataclass(frozen=True, kw_only=True)
class Way:
    """One way to authenticate at a provider.

    `title` is what a person picks. `secret_fields` say what to enter in each, and
    `variables` maps the name of each that a connection must give to its description. `test_action`
    holds the fields of the Action that proves the secret.
    """

    title: str
    auth: Mapping[str, Any]
    base_url: str
    variables: Mapping[str, str]
    secret_fields: Sequence[SecretField]
    test_action: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class RateLimit:
    """What a provider documents: so many `requests` in so many seconds for each `scope` (a token,
    an account, …). None: it publishes no figure; then `note` says what is known."""

    requests: int | None
    per_seconds: int | None
    scope: str
    note: str


@dataclass(frozen=True, kw_only=True)
class Expiry:
    """Where a passed test action's answer says when the credential expires: a header or a JSONPath,
    the other is None."""

    header: str | None
    path: str | None


@dataclass(frozen=True, kw_only=True)
class Provider:
    """The facts about one API.

    The first of `ways` is the default. `notes` say what to know of this API; `messages` maps an
    error code to the provider's own words in the older vocabulary (`GET /health/integrations`);
    `sources` a fact to where it is from; `unverified` lists the places of those that no source
    confirmed.
    """

    slug: str
    name: str
    category: str
    ways: Sequence[Way]
    headers: Mapping[str, str] = field(default_factory=dict)
    interval_minutes: int | None = None
    requests_per_second: float | None = None
    rate_limit: RateLimit | None = None
    expiry: Expiry | None = None
    status_page: str | None = None
    docs: str | None = None
    notes: Sequence[str] = ()
    messages: Mapping[str, str] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)
    unverified: Sequence[str] = ()

    @property
    def default(self) -> Way:
        return self.ways[0]

    @property
    def auth_alternatives(self) -> Sequence[Way]:
        return self.ways[1:]

    @property
    def auth(self) -> Mapping[str, Any]:
        return self.default.auth

    @property
    def base_url(self) -> str:
        return self.default.base_url

    @property
    def test_action(self) -> Mapping[str, Any]:
        return self.default.test_action

    @property
    def variables(self) -> dict[str, str]:
        """Every variable of any way, by its name."""
        return {name: text for way in self.ways for name, text in way.variables.items()}

    def way(self, auth: Mapping[str, Any], base_url: str | None = None) -> Way | None:
        """Return the way that `auth` is: the likest of its type, by its options and base URL."""
        alike = [way for way in self.ways if way.auth["type"] == auth["type"]]
        return max(alike, key=lambda w: (w.auth == auth, w.base_url == base_url), default=None)

    def chosen(self, fields: Mapping[str, Any]) -> Way:
        """Return the way that the given `fields` of an integration choose, or the default."""
        auth = fields.get("auth")
        return (self.way(auth, fields.get("base_url")) if auth else None) or self.default

    def defaults(self, way: Way) -> dict[str, Any]:
        """Return the fields of an integration that authenticates in this way."""
        fields = {
            "provider": self.slug,
            "name": self.name,
            "base_url": way.base_url,
            "auth": dict(way.auth),
            "headers": dict(self.headers),
            "interval_minutes": self.interval_minutes,
            "requests_per_second": self.requests_per_second,
        }
        return {name: value for name, value in fields.items() if value is not None}


@functools.cache
def providers() -> Mapping[str, Provider]:
    """Return every provider by its slug. Raises CatalogueError."""
    files = sorted(FOLDER.glob("*.toml"), key=lambda path: path.stem)
    return {path.stem: read_provider(path) for path in files}


def find_providers(*, search: str, category: str | None) -> list[Provider]:
    """Return those whose name or slug holds `search`, in any case, by slug."""
    wanted = search.casefold()
    return [
        provider
        for provider in providers().values()
        if wanted in f"{provider.slug} {provider.name}".casefold()
        and category in {None, provider.category}
    ]


def read_provider(path: Path) -> Provider:
    """Read and check one file. Raises CatalogueError with the file and the field."""
    facts = read_file(path)
    limit, expiry = facts.pop("rate_limit"), facts.pop("expiry")
    return Provider(
        slug=path.stem,
        ways=tuple(Way(**way) for way in facts.pop("ways")),
        rate_limit=RateLimit(**limit) if limit else None,
        expiry=Expiry(**expiry) if expiry else None,
        **facts,
    )


def described_variables(provider: str, names: Iterable[str]) -> dict[str, str]:
    """Return what to enter for each variable, as the provider of this slug says it, or its name."""
    known = providers().get(provider)
    said = known.variables if known else {}
    return {name: said.get(name, name) for name in names}


def described_secret_fields(
    provider: str, auth: Mapping[str, Any], base_url: str
) -> list[SecretField]:
    """Return what a secret for `auth` holds, as the provider says what to enter there.

    `provider` is the slug of the integration's; its words are for its ways to authenticate.
    """
    known = providers().get(provider)
    way = known.way(auth, base_url) if known else None
    said = {field.name: field for field in way.secret_fields} if way else {}
    return [
        replace(field, label=said[field.name].label, masked=said[field.name].masked)
        if field.name in said
        else field
        for field in secret_fields(auth)
    ]
