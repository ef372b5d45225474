"""What a name may hold."""

from django.core.exceptions import ValidationError

from api.describing import takes


@takes({"pattern": r"^[^\x00-\x1f\x7f]+$"})
def validate_name(value: str) -> None:
    """Refuse line breaks and control characters: a name ends up in log lines and subjects."""
    if not value.isprintable():
        raise ValidationError("A name has no line breaks or control characters.")
