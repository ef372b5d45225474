"""JSON in the forms of the admin."""

import io
from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import JSONField
from rest_framework.exceptions import ParseError

from api.parsing import JsonBody


class StorableJson(forms.JSONField):
    """JSON by the rules of the API's bodies: nothing that PostgreSQL could not store."""

    widget = forms.Textarea(attrs={"rows": 3, "cols": 80})

    def prepare_value(self, value: Any) -> Any:
        return "" if value is None else super().prepare_value(value)

    def to_python(self, value: Any) -> Any:
        try:
            found = super().to_python(value)
        except RecursionError:
            raise ValidationError("This is nested too deeply.") from None
        if isinstance(value, str) and value.strip():
            try:
                JsonBody().parse(io.BytesIO(value.encode(errors="surrogatepass")))
            except ParseError as error:
                raise ValidationError(str(error.detail)) from None
        return found


JSON_FIELDS: Mapping[Any, Mapping[str, Any]] = {JSONField: {"form_class": StorableJson}}
