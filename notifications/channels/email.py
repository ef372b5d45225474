"""Mail by Django's backend, in HTML and plain text."""

from __future__ import annotations

import hashlib
import smtplib
from email.utils import parseaddr
from typing import ClassVar

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from notifications.channels import lines
from notifications.channels.base import Channel, DeliveryError, Field, Message

_TEMPLATE = "notifications/email/message.html"
_SUBJECT = 120  # characters


class Email(Channel):
    """One mail to all recipients in one SMTP transaction, so that what is tried again was taken
    for none of them."""

    kind = "email"
    name = "E-mail"
    help = "Sends notices by e-mail."
    fields: ClassVar = [
        Field(
            name="recipients",
            label="Recipients",
            type="emails",
            help="Up to 20 addresses, each on a line. They see each other's.",
        )
    ]

    def send(self, message: Message) -> None:
        mail = EmailMultiAlternatives(
            subject=lines.headline(message, _SUBJECT),
            body=_text(message),
            to=self.config["recipients"],
            headers=_headers(message),
        )
        mail.attach_alternative(_html(message), "text/html")
        try:
            mail.send()
        except (smtplib.SMTPException, OSError) as error:
            failure = _failure(error)
        else:
            return
        raise failure  # outside the handler: what the server said stays behind


def _headers(message: Message) -> dict[str, str]:
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
    headers = {
        "Message-ID": f"<{message.id}@{domain}>",
        "List-Id": f"Vitals notices <notices.{domain}>",
        "Auto-Submitted": "auto-generated",  # RFC 3834: no out-of-office replies
        "X-Auto-Response-Suppress": "All",  # the same for Exchange
    }
    if len(message.items) == 1:
        # All about one thing refer to one message that was never sent, so they are one thread.
        thread = hashlib.sha256(message.items[0].key.encode()).hexdigest()[:32]
        headers["In-Reply-To"] = headers["References"] = f"<{thread}@{domain}>"
    return headers


def _text(message: Message) -> str:
    parts = [lines.headline(message), lines.body(message), "-- \n" + _why(message)]
    return "\n\n".join(parts) + "\n"


def _html(message: Message) -> str:
    shown, more = lines.told(message)
    return render_to_string(
        _TEMPLATE,
        {
            "subject": lines.headline(message, _SUBJECT),
            "introduction": lines.introduction(message),
            "notices": [
                {
                    "title": lines.one_line(item.title, 200),
                    "text": lines.one_line(item.text),
                    "url": item.url,
                    "at": lines.moment(item.at),
                    "facts": lines.facts(item),
                    "tone": "good" if item.ends else item.severity,
                }
                for item in shown
            ],
            "is_digest": len(message.items) > 1,
            "reminder": message.reminder,
            "more": more,
            "why": _why(message),
        },
    )


def _why(message: Message) -> str:
    return (
        f"You get this because {lines.one_line(message.tenant, 100)} sends its notices to this "
        "address. Its admins can change that in Vitals, under Channels."
    )


def _failure(error: smtplib.SMTPException | OSError) -> DeliveryError:
    """Return what it means. Only what is said of the recipients or of the message itself is for
    good: a refused sender or sign-in is for the operator to mend."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = [code for code, _ in error.recipients.values()]
        return _refusal(min(codes), "No recipient was accepted.")
    if isinstance(error, smtplib.SMTPDataError):
        return _refusal(error.smtp_code, "The mail server did not take the message.")
    if isinstance(error, smtplib.SMTPResponseException):
        message = "The mail server refused Vitals' sign-in or sender address."
        return DeliveryError(f"smtp_{error.smtp_code}", message, permanent=False)
    message = "The mail server could not be reached, or broke off."
    return DeliveryError("mail_server_away", message, permanent=False)


def _refusal(code: int, message: str) -> DeliveryError:
    return DeliveryError(f"smtp_{code}", message, permanent=code >= 500)
