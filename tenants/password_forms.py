"""Changing a password, and a way back for who has forgotten theirs."""

from typing import Any

from django.contrib.auth.forms import PasswordChangeForm, PasswordResetForm
from django.http import HttpRequest

from tenants import attempts
from tenants.attempts import Limit
from tenants.limited_forms import LimitedForm, site
from tenants.tasks import send_password_link

# Whoever finds a session open does not learn its password by it.
_GUESSES, _GUESSING = 10, 15 * 60  # seconds
# Of mails that anybody can have sent to others: from one machine, from it to one address, and from
# all to one address.
_BY_SITE, _BY_ADDRESS_AND_SITE, _BY_ADDRESS, _ASKING = 50, 5, 20, 3600  # seconds


class ChangePasswordForm(LimitedForm, PasswordChangeForm):
    def clean_old_password(self) -> str:
        who = ("change-password", str(self.user.pk))
        limits = [Limit(who=who, many=_GUESSES, seconds=_GUESSING)]
        self.count(limits)
        password = super().clean_old_password()
        attempts.take_back(limits)
        return password


class ForgottenPasswordForm(LimitedForm, PasswordResetForm):
    """Does the same for an address that nobody has as for any other, and so takes as long."""

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.site = site(request)
        self.fields["email"].label = "E-mail address"
        self.fields["email"].widget.attrs["autofocus"] = True

    def clean_email(self) -> str:
        address: str = self.cleaned_data["email"]
        self.count(_mails_to(address.casefold(), self.site))
        return address

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Raises one of `broker.FAULTS`."""
        send_password_link.delay(self.cleaned_data["email"])


def _mails_to(address: str, site: str) -> tuple[Limit, ...]:
    by = {("site", site): _BY_SITE, (address, site): _BY_ADDRESS_AND_SITE, (address,): _BY_ADDRESS}
    return tuple(
        Limit(who=("forgotten-password", *who), many=many, seconds=_ASKING)
        for who, many in by.items()
    )
