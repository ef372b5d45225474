"""The options of an auth scheme and the fields of its secret: what each may hold."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError

MAX_SECRET_LENGTH = 16_000  # characters of one field; the longest tokens in use are JWTs below 8 kB


@dataclass(frozen=True, kw_only=True)
class AuthOption:
    """What an integration's `auth` may hold beside its type, and what it says to whom."""

    name: str
    label: str
    schema: Mapping[str, Any]
    validate: Callable[[Any], None]
    required: bool = True


# Without spaces around: what HTTP calls a field's value (RFC 9110, 5.5, ASCII), and any text.
HEADER_TEXT = r"^([\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?)?$"
ANY_TEXT = r"^(\S(.*\S)?)?$"


@dataclass(frozen=True, kw_only=True)
class SecretField:
    """One field of a secret.

    `label` is what to enter there, where no provider says it better; `refusal` what is wrong with
    a text that does not match `pattern`. Spaces around are refused, as pasted texts have them,
    unless it `keeps_spaces`. One that is not `masked` says who it is, and can be seen
    while it is entered; it is stored and hidden like the others.
    """

    name: str
    label: str
    pattern: str = HEADER_TEXT
    refusal: str = "has characters that no header can carry"
    may_be_empty: bool = False
    keeps_spaces: bool = False
    required: bool = True
    masked: bool = True

    @property
    def schema(self) -> dict[str, Any]:
        length = {"minLength": self.min_length, "maxLength": MAX_SECRET_LENGTH}
        return {"type": "string"} | length | ({"pattern": self.pattern} if self.pattern else {})

    @property
    def min_length(self) -> int:
        return 0 if self.may_be_empty else 1

    def validate(self, text: Any) -> None:
        """Refuse what cannot be sent. Never repeats it."""
        if not isinstance(text, str) or not (text.strip() or (self.may_be_empty and not text)):
            raise ValidationError(f"The secret's {self.name} must be text and not empty.")
        if text != text.strip() and not self.keeps_spaces:
            raise ValidationError(
                f"The secret's {self.name} has a space or a line end before or behind it, as pasted"
                " texts often have: leave it out."
            )
        if len(text) > MAX_SECRET_LENGTH:
            raise ValidationError(
                f"The secret's {self.name} is longer than {MAX_SECRET_LENGTH:,} characters."
            )
        if not text.isprintable():
            raise ValidationError(
                f"The secret's {self.name} has line breaks or control characters."
            )
        if not re.search(self.pattern, text):
            raise ValidationError(f"The secret's {self.name} {self.refusal}.")
