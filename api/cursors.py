"""Cursors: where a page of a list ended, opaque to whoever carries them."""

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

from rest_framework.exceptions import ValidationError


def write_cursor(place: Mapping[str, Any]) -> str:
    text = json.dumps(place, default=str, separators=(",", ":"), ensure_ascii=False)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(cursor: str, keys: set[str]) -> Mapping[str, Any]:
    """Return the place, which has exactly `keys`. Raises ValidationError."""
    try:
        content = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        place = json.loads(content)
    except (binascii.Error, ValueError, RecursionError):
        raise bad_cursor() from None
    if not isinstance(place, dict) or set(place) != keys:
        raise bad_cursor()
    return place


def bad_cursor() -> ValidationError:
    return ValidationError(
        {"cursor": ["This is no cursor of this list. Take it from the list's last answer."]}
    )
