"""The mail to a person who was added to a tenant."""

import logging
import smtplib

from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import EmailMessage
from django.db import transaction
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from tenants.models import Membership

log = logging.getLogger(__name__)

_DAY = 24 * 3600  # seconds


def send(member: Membership) -> None:
    """Send it when the transaction is committed: with a link to set a password, if there is none.

    A mail server that is away does not fail the request.
    """
    text = (
        f"You were added to the organisation “{member.tenant.name}” in Vitals,"
        f" with the role {member.role}.\n\n"
        f"{_next_step(member.user)}\n"
    )
    # Nobody can put words of their own into the subject of a mail to a stranger.
    mail = EmailMessage("You were added to an organisation in Vitals", text, to=[member.user.email])
    transaction.on_commit(lambda: _deliver(mail))


def _next_step(user: User) -> str:
    if user.has_usable_password():
        return f"Sign in: {settings.PUBLIC_URL}{reverse('sign-in')}"
    place = {
        "uidb64": urlsafe_base64_encode(force_bytes(user.pk)),
        "token": default_token_generator.make_token(user),
    }
    return (
        f"Choose a password, within {settings.PASSWORD_RESET_TIMEOUT // _DAY} days:"
        f" {settings.PUBLIC_URL}{reverse('set-password', kwargs=place)}\n\n"
        f"Then sign in with {user.email}."
    )


def _deliver(mail: EmailMessage) -> None:
    try:
        mail.send()
    except (OSError, smtplib.SMTPException) as error:
        # Its text could hold the address or the link.
        log.warning("The mail to a new member was not sent: %s", type(error).__name__)
