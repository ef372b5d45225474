"""How endpoints describe themselves, for the OpenAPI document and so for whoever reads `/docs`.

`api.openapi` reads it when the document is made; a request only asks whether there is a query.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import Any, TypeVar

from rest_framework.serializers import BaseSerializer

Handler = TypeVar("Handler", bound=Callable[..., Any])
Validator = TypeVar("Validator", bound=Callable[..., None])
Serializer = type[BaseSerializer[Any]]


@dataclass(frozen=True)
class Description:
    """What a handler takes and answers; its docstring says the rest.

    `body`: of a tuple either is taken; `as_text`: the media type by which text is taken as
    well. `answer` None: there is no body, and the status is 204.
    `many`: a list, in pages unless `whole`. `bare`: without the envelope. `also`: further answers,
    by their status; with `many=True` a list. `errors`: those beside the ones that follow from
    method and path. `csv`: answers that as well. `security`: the one scheme that lets in, where it
    is not the usual ones.
    """

    summary: str
    _: KW_ONLY
    query: Serializer | None = None
    body: Serializer | tuple[Serializer, ...] | None = None
    as_text: str | None = None
    answer: Serializer | None = None
    status: int = 200
    many: bool = False
    whole: bool = False
    bare: bool = False
    also: Mapping[int, Serializer | BaseSerializer[Any]] = field(default_factory=dict)
    errors: tuple[int, ...] = ()
    csv: bool = False
    security: str | None = None

    def __call__(self, handler: Handler) -> Handler:
        handler.description = self  # type: ignore[attr-defined]
        return handler


# Above a handler: @describe("List integrations", query=ListQuery, answer=…, many=True)
describe = Description


def takes(
    keywords: Mapping[str, Any] | None = None, /, **shapes: Mapping[str, Any]
) -> Callable[[Validator], Validator]:
    """Give a validator the JSON Schema of what it lets pass.

    That of a text: `keywords`, such as a pattern. That of a JSON field: the schema by its name;
    of several the first refers to the others, by `refer`.
    """

    def keep(validator: Validator) -> Validator:
        validator.shapes = shapes  # type: ignore[attr-defined]
        validator.keywords = keywords or {}  # type: ignore[attr-defined]
        return validator

    return keep


def refer(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def record(fields: Mapping[str, Any], required: Iterable[str] = ()) -> dict[str, Any]:
    """Return the JSON Schema of an object that has these fields and no others."""
    schema = {"type": "object", "properties": dict(fields), "additionalProperties": False}
    return schema | ({"required": list(required)} if required else {})
