"""What the operators of this Vitals are told: that its own way out fails, and that it is back.

One line of the log and one mail each. Whoever tells holds a lease and then notes that it is done:
what a mail server refuses, or a crash cuts off, is sent again when the lease ends. A mail comes
twice only where the process dies between the server's yes and the note; then with the same
Message-ID.
"""

import datetime as dt
import logging
import smtplib

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import Q
from django.db.models.functions import Now

from incidents.models import OwnOutage

log = logging.getLogger(__name__)

_LEASE = dt.timedelta(minutes=1)  # well above EMAIL_TIMEOUT
_SUBJECTS = {
    "start": "Vitals cannot reach the outside",
    "end": "Vitals reaches the outside again",
}


def tell() -> None:
    """Tell what is not told yet. Call it outside of any transaction."""
    for outage in OwnOutage.objects.filter(Q(told_start_at=None) | Q(told_end_at=None)):
        if outage.told_start_at is None:
            _tell(outage, "start")
        elif outage.ended_at is not None:
            _tell(outage, "end")


def _tell(outage: OwnOutage, what: str) -> None:
    untold = OwnOutage.objects.filter(**{"pk": outage.pk, f"told_{what}_at": None})
    free = untold.filter(Q(telling_until=None) | Q(telling_until__lt=Now()))
    if not free.update(telling_until=Now() + _LEASE):
        return
    text = _text(outage, what)
    if outage.telling_until is None:
        _log(outage, what, text)
    if _send(outage, what, text):
        untold.update(**{f"told_{what}_at": Now(), "telling_until": None})


def _text(outage: OwnOutage, what: str) -> str:
    if what == "start":
        return (
            f"Nearly all calls fail since {outage.started_at:%Y-%m-%d %H:%M:%S} UTC:"
            f" {outage.connections} connections at {outage.hosts} hosts that have nothing in common"
            " but this Vitals. Look at its network, its name servers and its proxies. Until calls"
            " work again, no tenant is told of downtimes or incidents."
        )
    length = (outage.ended_at or outage.noticed_at) - outage.started_at
    seconds = dt.timedelta(seconds=round(length.total_seconds()))
    return f"Calls to the outside work again, after {seconds}."


def _log(outage: OwnOutage, what: str, text: str) -> None:
    log.log(
        logging.ERROR if what == "start" else logging.INFO,
        "%s. %s",
        _SUBJECTS[what],
        text,
        extra={
            "own_outage_id": str(outage.pk),
            "started_at": outage.started_at.isoformat(),
            "connections": outage.connections,
            "hosts": outage.hosts,
        },
    )


def _send(outage: OwnOutage, what: str, text: str) -> bool:
    """Return whether the mail is sent, or there is nobody to get one."""
    if not settings.OPERATOR_EMAILS:
        return True
    mail = EmailMessage(
        _SUBJECTS[what],
        f"{text}\n\n{settings.PUBLIC_URL}\n",
        to=settings.OPERATOR_EMAILS,
        headers={"Message-ID": f"<{outage.pk}.{what}@vitals>"},
    )
    try:
        mail.send()
    except (OSError, smtplib.SMTPException) as error:
        # Its text could hold an address.
        log.warning("The mail “%s” was not sent: %s", mail.subject, type(error).__name__)
        return False
    return True
