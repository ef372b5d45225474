"""Request bodies: JSON of at most 1 MiB, and nothing that PostgreSQL could not store."""

import json
import math
from collections.abc import Iterator, Mapping
from typing import IO, Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from api.errors import PayloadTooLarge

MAX_BODY = 1024 * 1024  # bytes (api.md)
MAX_DOCUMENT = 5 * MAX_BODY  # of documents to import, and of many rows at once
MAX_DEPTH = 60  # levels; deeper than any body that means something


class JsonBody(BaseParser):
    media_type = "application/json"
    most = MAX_BODY

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        content = read_body(stream, parser_context, self.most)
        try:
            document = json.loads(content.decode(), parse_constant=_refuse_constant)
        except RecursionError:
            raise ParseError("The body is nested too deeply.") from None
        except UnicodeDecodeError:
            raise ParseError("The body is not UTF-8.") from None
        except json.JSONDecodeError as error:
            place = f"line {error.lineno}, column {error.colno}"
            raise ParseError(f"The body is not JSON: look at {place}.") from None
        except ValueError:
            raise ParseError("The body has a number that JSON does not have.") from None
        for text in _texts(document):
            _refuse_unstorable(text)
        return document


class LargeJsonBody(JsonBody):
    """For many rows at once."""

    most = MAX_DOCUMENT


def read_body(stream: IO[Any], parser_context: Mapping[str, Any] | None, most: int) -> bytes:
    """Return a body of `most` bytes at most. Raises PayloadTooLarge."""
    too_large = PayloadTooLarge(f"The body is larger than {most // 2**20} MiB.")
    if _declared_length(parser_context) > most:
        raise too_large  # without waiting for it
    content: bytes = stream.read(most + 1)
    if len(content) > most:
        raise too_large
    return content


def _declared_length(parser_context: Mapping[str, Any] | None) -> int:
    request = (parser_context or {}).get("request")
    length = request.META.get("CONTENT_LENGTH", "") if request else ""
    return int(length) if length.isdecimal() else 0


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


def _texts(document: Any) -> Iterator[str]:
    """Yield each text in `document`, names included. Raises ParseError."""
    level = [document]
    for _ in range(MAX_DEPTH):
        below: list[Any] = []
        for value in level:
            match value:
                case str():
                    yield value
                case dict():
                    below += [*value, *value.values()]
                case list():
                    below += value
                case float() if not math.isfinite(value):
                    raise ParseError("The body has a number that is too large.")
        level = below
        if not level:
            return
    raise ParseError("The body is nested too deeply.")


def _refuse_unstorable(text: str) -> None:
    if "\0" in text:
        raise ParseError("The body has a null character.")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ParseError("The body has half of a surrogate pair.") from None
