"""Links by which people choose a password, and the mails that bring them."""

import logging
import smtplib

from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from tenants.people import find_user

log = logging.getLogger(__name__)

GOOD_FOR = f"{settings.PASSWORD_RESET_TIMEOUT // (24 * 3600)} days"


def link_for(user: User) -> str:
    """Return the address of the page. It opens until the person signs in or has a new password."""
    place = {
        "uidb64": urlsafe_base64_encode(force_bytes(user.pk)),
        "token": default_token_generator.make_token(user),
    }
    return f"{settings.PUBLIC_URL}{reverse('set-password', kwargs=place)}"


def send_again(address: str) -> None:
    """Send a link to who has this address, also if they have chosen no password yet."""
    user = find_user(address)
    if user is None or not user.is_active:
        return
    text = (
        f"Somebody asked for a new password in Vitals for {user.email}.\n\n"
        f"Choose it here, within {GOOD_FOR}: {link_for(user)}\n\n"
        "If that was not you, leave this mail alone: nothing has changed.\n"
    )
    # To the address that is stored: what was typed may only look like it.
    deliver(EmailMessage("Choose a new password for Vitals", text, to=[user.email]))


def deliver(mail: EmailMessage) -> None:
    """Send a mail. A mail server that is away is a line of the log, and no error."""
    try:
        mail.send()
    except (OSError, smtplib.SMTPException) as error:
        # Its text could hold the address or the link.
        log.warning("The mail “%s” was not sent: %s", mail.subject, type(error).__name__)
