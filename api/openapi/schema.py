"""Turns what endpoints say of themselves into operations of the OpenAPI document.

drf-spectacular reads the serializers; what is around them (envelope, errors, headers) is ours.
"""

import copy
import inspect
import re
from collections.abc import Mapping
from typing import Any

from drf_spectacular.drainage import warn
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import (
    ResolvedComponent,
    force_instance,
    is_list_serializer,
)
from rest_framework import serializers

from api.describing import Description, refer
from api.openapi import examples, shared
from api.serializers import CamelCase

_WITH_BODY = {"POST", "PUT", "PATCH"}
_ALWAYS = (400, 401, 403, 500, 503)


class ApiSchema(AutoSchema):
    """The operations of one view."""

    @property
    def _handler(self) -> Any:
        return getattr(self.view, self.method.lower())

    @property
    def _description(self) -> Description:
        description: Description = self._handler.description
        return description

    def is_excluded(self) -> bool:
        if hasattr(self._handler, "description"):
            return False
        warn(f"{self.method} {self.path} is not described: see api/describing.py")
        return True

    def _is_list_view(self, serializer: Any = None) -> bool:
        return False  # lists are described by hand

    def get_operation_id(self) -> str:
        words = re.findall(r"[a-z0-9]+", self._description.summary.lower())
        return "_".join(word for word in words if word not in {"a", "an", "the", "of"})

    def get_summary(self) -> str:
        return self._description.summary

    def get_description(self) -> str:  # type: ignore[override]
        return inspect.getdoc(self._handler) or ""

    def get_tags(self) -> list[str]:
        return [shared.tag_of(self.path)]

    def get_auth(self) -> list[dict[str, list[str]]]:
        if self._description.security:
            return [{self._description.security: []}]
        return super().get_auth()

    def get_override_parameters(self) -> list[Any]:
        return [self._description.query] if self._description.query else []

    def _resolve_path_parameters(self, variables: list[str]) -> list[dict[str, Any]]:
        return [
            {
                "in": "path",
                "name": variable,
                "required": True,
                "schema": {"type": "string"}
                | ({"format": "uuid"} if variable.endswith("_id") else {}),
            }
            for variable in variables
        ]

    def get_request_serializer(self) -> Any:
        body = self._description.body
        if not isinstance(body, tuple):
            return body
        either = [self.resolve_serializer(force_instance(form), "request").ref for form in body]
        text = self._description.as_text
        return {"application/json": {"oneOf": either}} | (
            {text: {"type": "string"}} if text else {}
        )

    def _get_request_body(self, direction: str = "request") -> Any:
        if self._description.body is None:
            return None
        body = super()._get_request_body(direction)
        for content in body["content"].values():
            content |= examples.of_body(content["schema"])
        return body

    def _get_response_bodies(self, direction: str = "response") -> dict[str, Any]:
        said = self._description
        errors = {*_ALWAYS, *said.errors}
        if "{" in self.path:
            errors.add(404)
        if self.method != "GET":
            errors.add(409)
        if self.method in _WITH_BODY:
            errors |= {413, 415}
        contents = {said.status if said.answer else 204: self._content()}
        contents |= {status: self._wrapped(body) for status, body in said.also.items()}
        return {
            **shared.answers(contents, is_read=self.method == "GET"),
            **shared.error_responses(errors),
        }

    def _content(self) -> dict[str, Any]:
        """Return the media types of the usual answer."""
        said = self._description
        if said.answer is None:
            return {}
        content = self._wrapped(said.answer, many=said.many, paged=said.many and not said.whole)
        return content | ({"text/csv": {"schema": {"type": "string"}}} if said.csv else {})

    def _wrapped(self, body: Any, *, many: bool = False, paged: bool = False) -> dict[str, Any]:
        if is_list_serializer(body):
            many, body = True, body.child
        ref = self.resolve_serializer(force_instance(body), "response").ref
        schema = {"type": "array", "items": ref} if many else ref
        example = examples.of(ref)
        shown = [example] if many else example
        if not self._description.bare:
            schema = shared.envelope(schema, paged=paged)
            shown = examples.in_envelope(shown, paged=paged)
        return {"application/json": {"schema": schema, **({"example": shown} if example else {})}}

    def _postprocess_serializer_schema(
        self, schema: dict[str, Any], serializer: Any, direction: str
    ) -> dict[str, Any]:
        """Every field stands in an answer, and none but these may stand in a body."""
        schema = super()._postprocess_serializer_schema(schema, serializer, direction)
        schema.pop("description", None)  # docstrings speak to who reads the code
        if direction == "response":
            schema["required"] = list(schema["properties"])
            for shown in schema["properties"].values():
                shown.pop("readOnly", None)
                shown.pop("pattern", None)  # is asked of what is sent
        elif isinstance(serializer, CamelCase):
            schema["additionalProperties"] = False
            schema |= serializer.also_holds
        return schema

    def _map_serializer_field(
        self, field: Any, direction: str, bypass_extensions: bool = False
    ) -> Any:
        if isinstance(field, serializers.JSONField):
            return self._shape(field)
        mapped = super()._map_serializer_field(field, direction, bypass_extensions)
        if is_list_serializer(field):
            mapped |= _lengths(field)
        for validator in field.validators:
            if hasattr(validator, "keywords"):
                mapped |= validator.keywords
        return mapped

    def _shape(self, field: Any) -> dict[str, Any]:
        """Return the schema of a field with JSON in it: its validator's, or any."""
        shapes: Mapping[str, Any] = next(
            (v.shapes for v in field.validators if hasattr(v, "shapes")), {}
        )
        for name, schema in shapes.items():
            self.registry.register_on_missing(
                ResolvedComponent(
                    name=name,
                    type=ResolvedComponent.SCHEMA,
                    schema=copy.deepcopy(schema),
                    object=name,
                )
            )
        return refer(next(iter(shapes))) if shapes else {}

    def _get_serializer_field_meta(self, field: Any, direction: str) -> dict[str, Any]:
        meta: dict[str, Any] = super()._get_serializer_field_meta(field, direction)
        meta.pop("title", None)
        if direction == "response":
            meta.pop("default", None)
        return meta


def _lengths(rows: Any) -> dict[str, int]:
    """Return how many rows a list must and may have."""
    least = {} if rows.allow_empty else {"minItems": 1}
    return least | ({"maxItems": rows.max_length} if rows.max_length else {})
