"""The operations of an OpenAPI document, as actions."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from django.core.exceptions import ValidationError

from integrations.fitting import action_misfits, presented_headers
from integrations.models import Action, Method
from integrations.openapi.document import Document, LeftOut, as_list, as_object, as_scalar, as_text
from integrations.openapi.security import Security
from integrations.openapi.servers import safe_name
from integrations.ranking import Facts
from integrations.templates import validate_parameters

METHODS = ("get", "head", "post", "put", "patch", "delete", "options", "trace")
MAX_TAGS = 20
_IN_BRACES = re.compile(r"\{([^{}]*)\}")
# "The parameter definition SHALL be ignored" (OpenAPI 3.1.1, Parameter Object).
_NOT_PARAMETERS = {"accept", "content-type", "authorization"}


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One operation as it stands in the document, with the path item that holds it."""

    method: str
    path: str
    item: Mapping[str, Any]
    said: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.method.upper()} {self.path[:200]}"


@dataclass(kw_only=True)
class Actions:
    """What became of the operations. `operations` and `facts` are by the action's id."""

    actions: list[Action] = field(default_factory=list)
    operations: dict[Any, Operation] = field(default_factory=dict)
    facts: dict[Any, Facts] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)
    with_body: int = 0


def operations_of(document: Document) -> Iterator[Operation]:
    for path, value in document.part("paths").items():
        if path.startswith("x-"):
            continue
        try:
            item = document.resolved(value)
        except LeftOut:
            item = as_object(value)
        for method in METHODS:
            if isinstance(item.get(method), dict):
                yield Operation(method=method, path=path, item=item, said=item[method])


def read_actions(
    document: Document, operations: list[Operation], security: Security, base_url: str
) -> Actions:
    """Return the actions, each with a name of its own, without tenant and integration yet."""
    found, names = Actions(), set[str]()
    for operation in operations:
        try:
            action = _Reader(document, security, base_url, operation).action()
        except LeftOut as reason:
            found.left_out.append(f"{operation} is left out: {reason}.")
            continue
        action.name = _free_name(action.name, names)
        names.add(action.name)
        found.actions.append(action)
        found.operations[action.id] = operation
        found.with_body += "requestBody" in operation.said
        found.facts[action.id] = Facts(
            access=security.access(operation.said),
            deprecated=operation.said.get("deprecated") is True,
            description=as_text(operation.said.get("description")),
        )
    return found


def _free_name(name: str, taken: Collection[str]) -> str:
    """Return a name that no other action has: a configuration as code tells them by it."""
    if name not in taken:
        return name
    numbered = (f"{name[:190]} ({number})" for number in count(2))
    return next(another for another in numbered if another not in taken)


def label(text: Any, most: int) -> str:
    """Return a text of the document as a name: on one line, printable, cut."""
    return "".join(character for character in as_text(text) if character.isprintable())[:most]


def _urls(servers: Any) -> list[str]:
    return [as_text(as_object(server).get("url")) for server in as_list(servers)]


class _Reader:
    """Makes the action of one operation."""

    def __init__(
        self, document: Document, security: Security, base_url: str, operation: Operation
    ) -> None:
        self._document = document
        self._auth = security.auth
        self._base_url = base_url
        self._operation = operation
        self._in_path = {name: safe_name(name) for name in _IN_BRACES.findall(operation.path)}

    def action(self) -> Action:
        """Raises LeftOut."""
        said, method = self._operation.said, self._operation.method.upper()
        if method not in Method.values:
            raise LeftOut(f"Vitals does not make a {method}")
        self._refuse_other_server()
        action = Action(
            name=self._name(),
            method=method,
            path=self._path(),
            parameters=self._parameters(),
            tags=[tag for text in as_list(said.get("tags"))[:MAX_TAGS] if (tag := label(text, 60))],
        )
        try:
            action.clean_fields(exclude=("tenant", "integration"))
        except ValidationError as error:
            [name, texts], *_ = error.message_dict.items()
            raise LeftOut(f"its {name} does not fit: {texts[0].rstrip('.')}") from None
        parts = {"path": action.path, "parameters": action.parameters}
        for text in action_misfits(auth=self._auth, base_url=self._base_url, action=parts).values():
            raise LeftOut(text.rstrip("."))
        return action

    def _refuse_other_server(self) -> None:
        """An integration has one base URL."""
        for place in (self._operation.said, self._operation.item):
            own = _urls(place.get("servers"))
            if own and own != _urls(self._document.root.get("servers")):
                raise LeftOut(f"it has a server of its own: {own[0][:200]}")

    def _name(self) -> str:
        said = self._operation.said
        texts = (said.get("summary"), said.get("operationId"), str(self._operation))
        return next((name for text in texts if (name := label(text, 200))), "")

    def _path(self) -> str:
        if len(set(self._in_path.values())) < len(self._in_path):
            raise LeftOut("parts of its path cannot be told apart")
        return _IN_BRACES.sub(lambda m: f"{{{self._in_path[m[1]]}}}", self._operation.path)

    def _parameters(self) -> list[dict[str, Any]]:
        declared: dict[tuple[str, str], dict[str, Any]] = {}
        for place in (self._operation.item, self._operation.said):
            for value in as_list(place.get("parameters")):
                said = self._document.resolved(value)
                declared[as_text(said.get("name")), as_text(said.get("in"))] = said
        return [
            parameter
            for (name, place), said in declared.items()
            if (parameter := self._parameter(name, place, said))
        ]

    def _parameter(self, name: str, place: str, said: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return a parameter; None where it can be done without. Raises LeftOut."""
        if self._is_ours(name, place):
            return None
        if place == "path":
            if name not in self._in_path:
                return None
            name = self._in_path[name]
        is_needed = place == "path" or said.get("required") is True
        parameter: dict[str, Any] = {"name": name, "in": place, "required": is_needed}
        if (default := self._default(place, said, is_needed)) is not None:
            parameter["default"] = default
        try:
            validate_parameters([parameter])
        except ValidationError as error:
            if is_needed:
                reason = error.message.removeprefix("Parameter 1: ").rstrip(".")
                raise LeftOut(f"its parameter {name[:100]} does not fit: {reason}") from None
            return None
        return parameter

    def _is_ours(self, name: str, place: str) -> bool:
        """Whether Vitals itself says what is sent there, above all the credential."""
        if place == "header":
            secret = {header.lower() for header in presented_headers(self._auth)}
            return name.lower() in _NOT_PARAMETERS | secret
        if place == "query":
            return name == self._auth.get("parameter") or name in self._in_path.values()
        return False

    def _default(self, place: str, said: Mapping[str, Any], is_needed: bool) -> str | None:
        """Return what to send safely where a connection says nothing: what the document prescribes.

        Examples are ids of things that others have; only those of headers are versions and such,
        which are sent even where the document thinks that they can be left out.
        """
        schema = self._document.resolved(said.get("schema"))
        offered = [schema.get("default")] if is_needed or place == "header" else []
        if is_needed:
            offered += [schema.get("const"), *as_list(schema.get("enum"))[:1]]
        if is_needed and place == "header":
            offered += [said.get("example"), schema.get("example")]
        return next((text for value in offered if (text := as_scalar(value)) is not None), None)
