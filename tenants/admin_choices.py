"""Choosing one of many rows in the admin."""

from typing import Any

from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import ValidationError


class SearchedChoice(AutocompleteSelect):
    """Django's choice by a search, which here survives that something other than an id was sent."""

    def optgroups(self, name: str, value: Any, attr: Any = None) -> Any:
        return super().optgroups(name, [one for one in value if self._is_id(one)], attr)

    def _is_id(self, value: Any) -> bool:
        try:
            self.field.remote_field.model._meta.pk.to_python(value)
        except ValidationError:
            return False
        return True
