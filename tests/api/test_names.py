"""What a name may hold."""

import pytest
from django.core.exceptions import ValidationError

from api.names import validate_name


# An emoji with a joiner, Persian with a non-joiner, a no-break space that was pasted.
@pytest.mark.parametrize(
    "name",
    ["\U0001f469\u200d\U0001f4bb Acme", "\u0645\u06cc\u200c\u0634\u0648\u062f", "Acme\u00a0Ltd"],
)
def test_names_of_every_script_are_taken(name: str) -> None:
    validate_name(name)


@pytest.mark.parametrize("mark", list("\n\r\t\x00\x1b\x7f\x85\u2028\u2029\u202e\u2066"))
def test_what_changes_the_text_around_a_name_is_refused(mark: str) -> None:
    for name in (f"Acme{mark}", f"{mark}Acme", f"Ac{mark}me"):
        with pytest.raises(ValidationError):
            validate_name(name)
