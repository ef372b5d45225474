"""How the operations of an OpenAPI document authenticate, and which way the integration takes."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

from django.core.exceptions import ValidationError

from integrations.auth import validate_auth
from integrations.openapi.document import Document, LeftOut, as_list, as_object, as_text
from integrations.ranking import Access

Auth = Mapping[str, Any]
MAX_TOGETHER = 10  # schemes

_NAMES_NONE = (
    "The document says nothing of authentication: the integration has none. If the API needs a"
    " credential, choose how it is sent."
)
_OPEN_ID = "it is taken for a bearer token, to be got by a sign-in that Vitals does not make"


@dataclass(frozen=True, kw_only=True)
class _Way:
    """One alternative of a security requirement: schemes that go together, with their scopes."""

    names: tuple[str, ...]
    auth: Auth
    scopes: tuple[str, ...] = ()


class Security:
    """What the document says of security. `auth` is the way that most operations accept."""

    def __init__(self, document: Document, operations: Iterable[Mapping[str, Any]], base_url: str):
        self._document = document
        self._base_url = base_url
        self._auths: dict[tuple[str, ...], Auth | None] = {}
        self._notes: dict[str, str] = {}  # by the name of a scheme
        self._is_used = False
        self.auth = self._choose(operations)

    @property
    def warnings(self) -> list[str]:
        """What there is to know of the choice."""
        schemes = self._document.part("components", "securitySchemes")
        warnings = [f"Security scheme {name[:100]}: {text}." for name, text in self._notes.items()]
        if not schemes:
            warnings.append(_NAMES_NONE)
        elif self.auth["type"] == "none":
            warnings.append("None of its ways to authenticate can be taken: choose one by hand.")
        others = {key(auth) for auth in self._auths.values() if auth} - {key(self.auth)}
        if others and self.auth["type"] != "none":
            kinds = ", ".join(sorted({json.loads(other)["type"] for other in others}))
            warnings.append(f"It authenticates by {self.auth['type']}. Others exist: {kinds}.")
        return warnings

    def access(self, operation: Mapping[str, Any]) -> Access:
        """Return what an operation needs, as seen from `auth`."""
        requirements = self._requirements(operation)
        if not self._is_used:
            return Access.UNKNOWN
        if not requirements or {} in requirements:
            return Access.OPEN
        ways = self._ways(operation)
        return Access.NEEDED if key(self.auth) in map(_key_of, ways) else Access.OTHER

    def scoped(self, operation: Mapping[str, Any]) -> Auth:
        """Return `auth`; with OAuth 2 it asks for no more than this operation needs."""
        if self.auth["type"] != "oauth2":
            return self.auth
        needed = [way.scopes for way in self._ways(operation) if _key_of(way) == key(self.auth)]
        scoped = {**self.auth, "scopes": list(needed[0])} if needed and needed[0] else self.auth
        return scoped if _is_valid(scoped) else self.auth

    def _choose(self, operations: Iterable[Mapping[str, Any]]) -> Auth:
        accepted: Counter[str] = Counter()
        for operation in operations:
            self._is_used = self._is_used or bool(self._requirements(operation))
            accepted.update({_key_of(way): 1 for way in self._ways(operation)})
        if not self._is_used:
            schemes = self._document.part("components", "securitySchemes")
            found = [auth for name in schemes if (auth := self._auth((name,)))]
            accepted.update({key(auth): 1 for auth in found})
        if not accepted:
            return {"type": "none"}
        # Of equals one that can be pasted in, then the one that is named first.
        best = max(accepted, key=lambda auth: (accepted[auth], '"oauth2"' not in auth))
        chosen: Auth = json.loads(best)
        return chosen

    def _requirements(self, operation: Mapping[str, Any]) -> list[dict[str, Any]]:
        own = operation.get("security", self._document.root.get("security"))
        return [as_object(requirement) for requirement in as_list(own)]

    def _ways(self, operation: Mapping[str, Any]) -> list[_Way]:
        """Return the alternatives of an operation that can be taken."""
        ways = []
        for requirement in self._requirements(operation):
            names = tuple(sorted(requirement)) if len(requirement) <= MAX_TOGETHER else ()
            if names and (auth := self._auth(names)):
                scopes = [as_text(s) for name in names for s in as_list(requirement[name])]
                ways.append(_Way(names=names, auth=auth, scopes=tuple(scopes)))
        return ways

    def _auth(self, names: tuple[str, ...]) -> Auth | None:
        """Return the auth of schemes that go together, or None."""
        if names not in self._auths:
            self._auths[names] = self._read(names)
        return self._auths[names]

    def _read(self, names: tuple[str, ...]) -> Auth | None:
        schemes = self._document.part("components", "securitySchemes")
        try:
            found = [self._document.resolved(schemes.get(name)) for name in names]
            auth = self._single(names[0], found[0]) if len(found) == 1 else _joined(found)
        except LeftOut as reason:
            self._notes[" and ".join(names)] = f"it is left out, since {reason}"
            return None
        return auth

    def _single(self, name: str, scheme: Mapping[str, Any]) -> Auth:
        auth, note = _auth_of(scheme, self._base_url)
        if note:
            self._notes[name] = note
        try:
            validate_auth(auth)
        except ValidationError as error:
            raise LeftOut(f"it does not fit: {error.message.rstrip('.')}") from None
        return auth


def key(auth: Auth) -> str:
    return json.dumps({name: auth[name] for name in sorted(auth)})


def _key_of(way: _Way) -> str:
    return key(way.auth)


def _is_valid(auth: Auth) -> bool:
    try:
        validate_auth(auth)
    except ValidationError:
        return False
    return True


def _auth_of(scheme: Mapping[str, Any], base_url: str) -> tuple[Auth, str]:
    """Return the auth of one scheme, and what there is to know of it. Raises LeftOut."""
    kind, name = as_text(scheme.get("type")), as_text(scheme.get("name"))
    match kind, as_text(scheme.get("scheme")).lower(), scheme.get("in"):
        case "http", "bearer", _:
            return {"type": "bearer"}, ""
        case "http", "basic", _:
            return {"type": "basic"}, ""
        case "apiKey", _, "header":
            whole = "enter the header's whole value, with what stands before the token"
            is_shared = name.lower() == "authorization"
            return {"type": "api_key_header", "header": name}, whole if is_shared else ""
        case "apiKey", _, "query":
            return {"type": "api_key_query", "parameter": name}, ""
        case "oauth2", _, _:
            return _oauth2(as_object(scheme.get("flows")), base_url)
        case "openIdConnect", _, _:
            return {"type": "bearer"}, _OPEN_ID
        case _:
            raise LeftOut(
                f"Vitals does not know {kind[:100] or 'a scheme without a type'} of this kind"
            )


def _oauth2(flows: Mapping[str, Any], base_url: str) -> tuple[Auth, str]:
    """Return the auth of the first flow that suits; addresses may be relative to the API's."""
    for name, grant in (
        ("authorizationCode", "authorization_code"),
        ("clientCredentials", "client_credentials"),
    ):
        flow = as_object(flows.get(name))
        auth = {"type": "oauth2", "grantType": grant}
        auth["tokenUrl"] = urljoin(f"{base_url}/", as_text(flow.get("tokenUrl")))
        if grant == "authorization_code":
            auth["authorizeUrl"] = urljoin(f"{base_url}/", as_text(flow.get("authorizationUrl")))
        if flow.get("tokenUrl") and _is_valid(auth):
            return auth, ""
    return {"type": "bearer"}, "it has no OAuth 2 flow that Vitals makes: give an access token"


def _joined(schemes: list[dict[str, Any]]) -> Auth:
    """Return the auth of several keys that are sent together. Raises LeftOut."""
    for place, kind in (("header", "headers"), ("query", "query")):
        if all(s.get("type") == "apiKey" and s.get("in") == place for s in schemes):
            auth = {"type": kind, "names": [as_text(s.get("name")) for s in schemes]}
            if _is_valid(auth):
                return auth
    raise LeftOut("Vitals cannot send these together")
