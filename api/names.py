"""What a name may hold."""

from django.core.exceptions import ValidationError


def validate_name(value: str) -> None:
    """Refuse line breaks and control characters: a name ends up in log lines and subjects."""
    if not value.isprintable():
        raise ValidationError("A name has no line breaks or control characters.")
