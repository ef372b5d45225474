"""The base of everything that is read from a body or a query, or written into an answer.

camelCase outside, snake_case inside: the names of declared fields are turned here and nowhere
else, so free-form JSON (variables, headers) is never touched. Unknown fields are refused by name.
JSON's types are taken as they are: "5" is no number and 5 no text.
"""

import re
from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

from django.db import models
from rest_framework import serializers
from rest_framework.fields import empty

_ID = "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_UNDERSCORE = re.compile(r"_([a-z0-9])")


def camel_case(name: str) -> str:
    return _UNDERSCORE.sub(lambda match: match[1].upper(), name)


class Text(serializers.CharField):
    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Whole(serializers.IntegerField):
    def to_internal_value(self, data: Any) -> int:
        if type(data) is float and data.is_integer():
            data = int(data)  # 5.0 is the same number in JSON
        if type(data) is not int:
            self.fail("invalid")
        return super().to_internal_value(data)


class Number(serializers.FloatField):
    def to_internal_value(self, data: Any) -> float:
        if type(data) not in {int, float} or abs(data) > 1e300:
            self.fail("invalid")
        return super().to_internal_value(data)


class Flag(serializers.BooleanField):
    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class Ids(serializers.RegexField):
    """Ids in one parameter of a query; they become a list, each once."""

    default_error_messages: ClassVar = {"invalid": "Give 1 to 100 ids, separated by commas."}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(f"^{_ID}(,{_ID}){{0,99}}$", **kwargs)

    def run_validation(self, data: Any = empty) -> Any:
        return list(dict.fromkeys(UUID(part) for part in super().run_validation(data).split(",")))


class CamelCase(serializers.BaseSerializer):  # type: ignore[type-arg]
    """Names as api.md has them; unknown ones refused."""

    # What a body has to fulfil beside what its fields say, as JSON Schema for the document.
    also_holds: ClassVar[Mapping[str, Any]] = {}

    def get_fields(self) -> dict[str, serializers.Field]:  # type: ignore[type-arg]
        renamed = {}
        for name, field in super().get_fields().items():  # type: ignore[misc]
            key = camel_case(name)
            if isinstance(field, serializers.SerializerMethodField):
                field.method_name = field.method_name or f"get_{name}"
            elif field.source is None and key != name:
                field.source = name
            renamed[key] = field
        return renamed

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            known = {name for name, field in self.fields.items() if not field.read_only}  # type: ignore[attr-defined]
            if refused := {
                name: ["This cannot be set." if name in self.fields else "Unknown field."]  # type: ignore[attr-defined]
                for name in data
                if name not in known
            }:
                raise serializers.ValidationError(refused)
        return super().to_internal_value(data)


class ApiSerializer(CamelCase, serializers.Serializer[Any]):
    """Fields that are declared by hand."""


class ApiModelSerializer(CamelCase, serializers.ModelSerializer[Any]):
    """Fields with the types, limits and validators of a model's."""

    serializer_field_mapping = serializers.ModelSerializer.serializer_field_mapping | {
        models.CharField: Text,
        models.PositiveIntegerField: Whole,
        models.FloatField: Number,
        models.BooleanField: Flag,
    }
