"""The mail to a person who was added to a tenant."""

from django.conf import settings
from django.contrib.auth.models import User
from django.core.mail import EmailMessage
from django.db import transaction
from django.urls import reverse

from tenants import password_links
from tenants.models import Membership


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
    transaction.on_commit(lambda: password_links.deliver(mail))


def _next_step(user: User) -> str:
    if user.has_usable_password():
        return f"Sign in: {settings.PUBLIC_URL}{reverse('sign-in')}"
    return (
        f"Choose a password, within {password_links.GOOD_FOR}: {password_links.link_for(user)}\n\n"
        f"Then sign in with {user.email}."
    )
