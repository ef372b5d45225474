"""What a mail server gets, and what its answers mean."""

from __future__ import annotations

from email.message import EmailMessage
from typing import Any

import pytest
from pytest_django.fixtures import Settings
from rest_framework.exceptions import ValidationError

from notifications.channels.base import DeliveryError
from notifications.channels.email import Email
from tests.notifications.channels.messages import HOSTILE, ID, item, message
from tests.notifications.mailbox import Mailbox

ALICE, BOB = "alice@acme.example", "bob@acme.example"


def channel(*recipients: str) -> Email:
    return Email(*Email.validate({"recipients": list(recipients or (ALICE, BOB))}, {}))


def part(mail: EmailMessage, kind: str) -> str:
    body = mail.get_body((kind,))
    assert body is not None
    return str(body.get_content())


def refusal() -> DeliveryError:
    with pytest.raises(DeliveryError) as raised:
        channel().send(message())
    return raised.value


def test_one_mail_reaches_all_recipients_as_html_and_text(mailbox: Mailbox) -> None:
    channel().send(message())
    [mail] = mailbox.mails
    assert mailbox.recipients == [[ALICE, BOB]]
    assert mail["Subject"] == "Production (Acme CRM) is down"
    assert mail["To"] == f"{ALICE}, {BOB}"
    for kind in ("plain", "html"):
        shown = part(mail, kind)
        assert "the API answered 503" in shown
        assert "https://vitals.example/connections/01930000" in shown
        assert "Acme sends its notices to this address" in shown


def test_what_a_mail_program_sorts_by(mailbox: Mailbox) -> None:
    for told in (item(), item(kind="recovered", ends=True), item(key="connection:other")):
        channel().send(message(told))
    down, up, other = mailbox.mails
    assert down["Message-ID"] == f"<{ID}@monitor.example>"
    assert down["Auto-Submitted"] == "auto-generated"
    assert "notices.monitor.example" in down["List-Id"]
    assert down["References"] == up["References"] == up["In-Reply-To"] != other["References"]


def test_nothing_that_a_person_typed_becomes_a_header_or_markup(mailbox: Mailbox) -> None:
    hostile = item(title=HOSTILE, text=HOSTILE, facts=[(HOSTILE, HOSTILE)])
    channel().send(message(hostile, tenant=HOSTILE))
    [mail] = mailbox.mails
    assert mail["Bcc"] is None
    assert mailbox.recipients == [[ALICE, BOB]]
    assert "\n" not in mail["Subject"]
    assert len(mail["Subject"]) <= 120
    assert "<script>" not in part(mail, "html")
    assert "&lt;script&gt;" in part(mail, "html")
    assert "\nBcc:" not in part(mail, "plain")


def test_several_notices_are_one_mail_of_bounded_length(mailbox: Mailbox) -> None:
    many = [item(title=f"Notice {number}", severity="info") for number in range(30)]
    channel().send(message(*many, item(title="The worst")))
    [mail] = mailbox.mails
    assert mail["Subject"] == "The worst (and 30 more)"
    assert mail["References"] is None
    for kind in ("plain", "html"):
        assert "Notice 19" in part(mail, kind)
        assert "Notice 20" not in part(mail, kind)
        assert "And 11 more" in part(mail, kind)


def test_a_reminder_says_that_it_is_one(mailbox: Mailbox) -> None:
    channel().send(message(reminder=2))
    [mail] = mailbox.mails
    assert mail["Subject"] == "Reminder: Production (Acme CRM) is down"
    assert "Reminder 2" in part(mail, "html")
    for kind in ("plain", "html"):
        assert "not acknowledged by anybody" in part(mail, kind)


@pytest.mark.parametrize(
    ("said", "code", "permanent"),
    [
        ({"on_recipient": "451 Greylisted"}, "smtp_451", False),
        ({"on_recipient": "550 No such user"}, "smtp_550", True),
        ({"on_data": "554 Spam"}, "smtp_554", True),
        ({"on_data": "452 Full"}, "smtp_452", False),
    ],
)
def test_what_a_refusal_means(
    mailbox: Mailbox, said: dict[str, str], code: str, permanent: bool
) -> None:
    for step, words in said.items():
        setattr(mailbox, step, words)
    error = refusal()
    assert (error.code, error.permanent) == (code, permanent)
    assert not mailbox.mails


def test_a_recipient_that_does_not_exist_keeps_the_mail_from_no_other(mailbox: Mailbox) -> None:
    mailbox.unknown = {BOB}
    channel().send(message())
    assert mailbox.recipients == [[ALICE]]
    mailbox.unknown = {ALICE, BOB}
    assert refusal().code == "smtp_550"


def test_a_mail_server_that_is_away_or_silent_is_tried_again(
    mailbox: Mailbox, settings: Settings
) -> None:
    mailbox.goes_away()
    error = refusal()
    assert (error.code, error.permanent) == ("mail_server_away", False)
    settings.EMAIL_TIMEOUT, mailbox.hangs = 0.2, True
    mailbox.comes_back()
    error = refusal()
    assert (error.code, error.permanent) == ("mail_server_away", False)
    mailbox.hangs = False
    channel().send(message())
    assert len(mailbox.mails) == 1


@pytest.mark.parametrize(
    "recipients",
    [[], ["nobody"], [f"{ALICE}\r\nBcc: eve@evil.example"], [f"a{n}@b.example" for n in range(21)]],
)
def test_recipients_are_one_to_twenty_addresses(recipients: Any) -> None:
    with pytest.raises(ValidationError) as raised:
        Email.validate({"recipients": recipients}, {})
    assert set(raised.value.detail) == {"recipients"}


def test_an_address_that_is_given_twice_is_written_to_once() -> None:
    assert channel(ALICE, ALICE, BOB).config == {"recipients": [ALICE, BOB]}
