"""OpenAPI documents as the body of a request: as they are, or in an object with more to say."""

from collections.abc import Mapping
from typing import IO, Any

from rest_framework.exceptions import ValidationError
from rest_framework.parsers import BaseParser

from api.documents import Unreadable, read_document
from api.parsing import MAX_DOCUMENT, read_body

# Those of OpenAPI's own are of draft-ietf-httpapi-rest-api-mediatypes and of its specification,
# YAML's is of RFC 9512, beside what was used before it.
YAML = "application/yaml"
_MEDIA_TYPES = (
    "application/json", "application/openapi+json", "application/vnd.oai.openapi+json",
    YAML, "application/x-yaml", "text/yaml", "application/openapi+yaml",
    "application/vnd.oai.openapi",
)  # fmt: skip


class _Upload(BaseParser):
    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Return the object with `document` in it, whichever way it came."""
        try:
            body = read_document(read_body(stream, parser_context, MAX_DOCUMENT))
        except Unreadable as error:
            raise ValidationError({"document": [str(error)]}) from None
        return body if _has_document(body) else {"document": body}


def _has_document(body: Any) -> bool:
    return isinstance(body, dict) and "document" in body and not {"openapi", "swagger"} & set(body)


PARSERS = tuple(type("Upload", (_Upload,), {"media_type": name}) for name in _MEDIA_TYPES)
