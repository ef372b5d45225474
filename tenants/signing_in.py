"""Signing in by a password, which nobody can guess at for long."""

from typing import Any

from django.contrib.auth.forms import AuthenticationForm

from tenants import attempts
from tenants.attempts import Limit
from tenants.limited_forms import LimitedForm, site

_WINDOW = 15 * 60  # seconds
# The first stops one machine that tries a few passwords of many people, and leaves room for an
# office behind one address. Who mistypes a password is far from the second. The third stops many
# machines, and is so high that keeping somebody out takes many of them.
_BY_ADDRESS = 100
_BY_NAME_AND_ADDRESS = 10
_BY_NAME = 200


class SignInForm(LimitedForm, AuthenticationForm):
    error_messages = AuthenticationForm.error_messages | {
        "invalid_login": "Nobody has this name and this password. Capital letters matter."
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = "E-mail address or user name"

    def clean(self) -> dict[str, Any]:
        name = self.cleaned_data.get("username")
        if not name or not self.request:
            return super().clean()
        limits = _limits(name.casefold(), site(self.request))
        self.count(limits)
        cleaned = super().clean()
        attempts.take_back(limits)
        return cleaned


def _limits(name: str, site: str) -> tuple[Limit, ...]:
    by = {
        ("address", site): _BY_ADDRESS,
        ("name", name, site): _BY_NAME_AND_ADDRESS,
        ("name", name): _BY_NAME,
    }
    return tuple(
        Limit(who=("sign-in", *who), many=many, seconds=_WINDOW) for who, many in by.items()
    )
