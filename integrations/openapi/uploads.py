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
            content = read_body(stream, parser_context, MAX_DOCUMENT)
            body = read_document(content)
        except Unreadable as error:
            raise ValidationError({"document": [str(error)]}) from None
        # YAML is a document itself: aliases could make its other fields endless.
        is_json = content.lstrip()[:1] == b"{"
        return body if is_json and _has_document(body) else {"document": body}


def _has_document(body: Any) -> bool:
    return "document" in body and not {"openapi", "swagger"} & set(body)


PARSERS = tuple(type("Upload", (_Upload,), {"media_type": name}) for name in _MEDIA_TYPES)
