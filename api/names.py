"""What a name may hold."""

import re

from django.core.exceptions import ValidationError

from api.describing import takes

# No control characters, line and paragraph separators, nor marks that turn the direction of what
# stands behind a name. What joins emoji and letters of other scripts belongs to names.
_NAME = r"^[^\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]+$"


@takes({"pattern": _NAME})
def validate_name(value: str) -> None:
    """Refuse what would change the log lines, subjects and texts that a name ends up in."""
    if not re.fullmatch(_NAME, value):
        raise ValidationError("A name has no line breaks or control characters.")
