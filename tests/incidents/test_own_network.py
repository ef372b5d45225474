"""Our own way out: when everything fails it is ours, and the operators hear of it."""

import datetime as dt
import logging
import smtplib
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.db.models import F
from django.utils import timezone

from connections.models import ConnectionHealth
from healthchecks import downtime
from healthchecks.models import Alert, DispatchState
from incidents import operators, own_network
from incidents.detection import watch
from incidents.models import Incident, OwnOutage
from incidents.way_out import Call, find_loss, is_back
from integrations.models import Integration
from tests.incidents.crowds import MINUTE, SECOND, accounts, check, fail

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)


def call(host: str, ago: float, *, worked: bool = False) -> Call:
    at = NOW - ago * SECOND
    return Call(at=at, since=at, host=host, worked=worked)


def everything() -> list[Integration]:
    """Five integrations at a host each, with four connections that were well a while ago."""
    return [accounts(4, host=f"api{n}.example.com", well=10 * MINUTE) for n in range(5)]


@pytest.fixture
def operator(settings: Any) -> str:
    settings.OPERATOR_EMAILS = ["olga@example.com"]
    return "olga@example.com"


def test_when_nearly_all_calls_to_several_hosts_fail_it_is_ours() -> None:
    failing = [call(f"h{n % 5}", n) for n in range(10)]
    before = [call(f"h{n % 5}", 20 + n, worked=True) for n in range(10)]
    loss = find_loss(failing + before)
    assert loss is not None
    assert (loss.connections, loss.hosts) == (10, 5)
    assert loss.since == NOW - 9 * SECOND
    inside = [call("inside", 3, worked=True)]  # one that needs no way out
    assert find_loss(failing * 2 + [call(f"h{n}", n) for n in range(5, 10)] + inside) is not None


@pytest.mark.parametrize(
    "calls",
    [
        [call("one", n) for n in range(1000)],
        [call(f"h{n % 2}", n) for n in range(20)],
        [call(f"h{n}", n) for n in range(5)] + [call("big", n / 2, worked=True) for n in range(9)],
        [call("big", n) for n in range(99)] + [call(f"h{n}", n, worked=True) for n in range(3)],
        [call(f"h{n}", n) for n in range(3)] + [call("h4", n, worked=True) for n in range(3, 9)],
        [],
    ],
    ids=["one host", "two hosts", "others work", "one large provider", "three by chance", "none"],
)
def test_it_is_not_ours(calls: list[Call]) -> None:
    assert find_loss(calls) is None


def test_it_is_over_when_most_calls_work() -> None:
    failed = [call(f"h{n}", 60 + n) for n in range(30)]
    assert not is_back(failed)
    assert not is_back([])
    assert not is_back([*failed, call("h0", 1, worked=True)])
    assert is_back(failed + [call(f"h{n}", n, worked=True) for n in range(6)])


def test_when_everything_fails_there_is_no_incident_and_one_word_to_the_operators(
    operator: str, mailoutbox: list[EmailMessage], caplog: pytest.LogCaptureFixture
) -> None:
    integrations = everything()
    for integration in integrations:
        fail(integration)
    watch()
    watch()
    assert own_network.lasts()
    assert not Incident.objects.exists()
    assert [(mail.to, mail.subject) for mail in mailoutbox] == [
        ([operator], "Vitals cannot reach the outside")
    ]
    assert "20 connections at 5 hosts" in mailoutbox[0].body
    [record] = [r for r in caplog.records if r.levelno == logging.ERROR]
    assert record.__dict__["hosts"] == 5
    for integration in integrations:
        check(integration, worked=True, ago=-SECOND)
    watch()
    watch()
    assert not own_network.lasts()
    assert [mail.subject for mail in mailoutbox][1:] == ["Vitals reaches the outside again"]
    assert not Incident.objects.exists()


def test_what_began_meanwhile_makes_no_incident_after_the_end() -> None:
    integrations = everything()
    for integration in integrations:
        fail(integration)
    watch()
    for integration in integrations[1:]:
        check(integration, worked=True, ago=-SECOND)
    watch()
    assert not own_network.lasts()
    OwnOutage.objects.update(ended_at=F("ended_at") - SECOND)
    watch()
    assert not Incident.objects.exists()


def test_no_downtime_is_alerted_while_it_lasts() -> None:
    DispatchState.objects.create(id=1, checking_since=timezone.now() - 60 * MINUTE)
    integrations = everything()
    for integration in integrations:
        fail(integration)
    watch()
    ConnectionHealth.objects.update(downtime_started_at=F("downtime_started_at") - 10 * MINUTE)
    downtime.sweep()
    assert not Alert.objects.exists()


def test_the_providers_trouble_is_told_where_calls_to_others_work() -> None:
    troubled, *others = everything()
    fail(troubled)
    watch()
    assert not Incident.objects.exists()  # it may be the beginning of ours
    check(others[0], worked=True, count=1, ago=SECOND)
    watch()
    assert Incident.objects.get().integration == troubled


def test_or_where_no_call_shows_whose_fault_it_is_for_a_while() -> None:
    troubled, *_ = everything()
    fail(troubled, ago=40 * SECOND)
    watch()
    assert Incident.objects.get().integration == troubled


def test_one_provider_of_an_installation_with_few_is_its_own_fault() -> None:
    fail(accounts(50))
    fail(accounts(50, host="other.example.com"))
    watch()
    assert not own_network.lasts()
    assert Incident.objects.count() == 2


def test_while_all_circuits_are_open_a_few_are_tried() -> None:
    for integration in everything():
        fail(integration, ago=2 * MINUTE)
    watch()
    later = timezone.now() + 40 * MINUTE
    ConnectionHealth.objects.update(circuit_state="open", circuit_open_until=later, due_at=later)
    OwnOutage.objects.update(noticed_at=timezone.now() - MINUTE)
    watch()
    assert ConnectionHealth.objects.filter(circuit_open_until__lte=timezone.now()).count() == 5


def an_outage() -> OwnOutage:
    now = timezone.now()
    return OwnOutage.objects.create(started_at=now, noticed_at=now, connections=9, hosts=5)


def test_a_mail_that_is_refused_is_sent_again_and_then_no_more(
    operator: str,
    mailoutbox: list[EmailMessage],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    outage = an_outage()

    def refuse(*_: Any) -> None:
        raise smtplib.SMTPServerDisconnected("secret text")

    with monkeypatch.context() as patched:
        patched.setattr(EmailMessage, "send", refuse)
        operators.tell()
    operators.tell()  # the lease goes on
    assert not mailoutbox
    assert "secret text" not in caplog.text
    OwnOutage.objects.update(telling_until=timezone.now() - SECOND)
    operators.tell()
    operators.tell()
    [mail] = mailoutbox
    assert mail.extra_headers["Message-ID"] == f"<{outage.pk}.start@vitals>"
    assert len([r for r in caplog.records if r.levelno == logging.ERROR]) == 1


def test_after_a_crash_before_the_mail_it_is_sent_by_the_next(
    operator: str, mailoutbox: list[EmailMessage]
) -> None:
    an_outage()
    OwnOutage.objects.update(telling_until=timezone.now() - SECOND)  # whoever held it is gone
    operators.tell()
    operators.tell()
    assert len(mailoutbox) == 1
