"""Chat and paging services: who is called with what, and what an answer means."""

from __future__ import annotations

import datetime as dt
import json
import logging
import re
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import responses
from requests import PreparedRequest
from requests.exceptions import ConnectTimeout
from rest_framework.exceptions import ValidationError

from notifications.channels import kind_of, kinds
from notifications.channels.base import Channel, DeliveryError, Message
from tests.notifications.channels.messages import HOSTILE, KEY, item, message

TOKEN = "0123456789abcdefghijABCDEFGHIJxx"
FORMS = {
    "discord": {"url": f"https://discord.com/api/webhooks/123/{TOKEN}"},
    "google_chat": {
        "url": f"https://chat.googleapis.com/v1/spaces/AAA/messages?key=k-1&token={TOKEN}%3D"
    },
    "ilert": {"integrationKey": TOKEN},
    "opsgenie": {"apiKey": TOKEN, "region": "eu"},
    "pagerduty": {"integrationKey": TOKEN, "region": "eu"},
    "pushover": {"userKey": TOKEN[:30], "token": TOKEN[:30]},
    "slack": {"url": f"https://hooks.slack.com/services/T000/B000/{TOKEN}"},
    "teams": {"url": f"https://prod-1.westeurope.logic.azure.com:443/workflows/1?sig={TOKEN}"},
    "telegram": {"token": f"123456:{TOKEN}", "chat": "-1001234567890"},
    "webex": {"token": TOKEN, "room": TOKEN},
}
HOSTS = {
    "discord": "discord.com",
    "google_chat": "chat.googleapis.com",
    "ilert": "api.ilert.com",
    "opsgenie": "api.eu.opsgenie.com",
    "pagerduty": "events.eu.pagerduty.com",
    "pushover": "api.pushover.net",
    "slack": "hooks.slack.com",
    "teams": "prod-1.westeurope.logic.azure.com",
    "telegram": "api.telegram.org",
    "webex": "webexapis.com",
}
PAGERS = ["ilert", "opsgenie", "pagerduty"]
every_service = pytest.mark.parametrize("kind", sorted(FORMS))


class Internet:
    """All hosts there are, giving the same answer."""

    def __init__(self, mock: responses.RequestsMock) -> None:
        self._mock = mock
        self.answers(200, body="ok")

    def answers(self, status: int, **options: Any) -> None:
        self._mock.reset()
        for method in ("GET", "POST", "PUT", "DELETE"):
            self._mock.add(method, re.compile(".*"), status=status, **options)

    @property
    def call(self) -> PreparedRequest:
        """The only call that was made."""
        [call] = self._mock.calls
        return call.request

    @property
    def sent(self) -> str:
        """Its body as the service reads it."""
        body = self.call.body
        text = body.decode() if isinstance(body, bytes) else str(body)
        if text.startswith("{"):
            return json.dumps(json.loads(text), ensure_ascii=False)
        return json.dumps(parse_qs(text), ensure_ascii=False)


@pytest.fixture
def internet() -> Iterator[Internet]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield Internet(mock)


def channel(kind: str) -> Channel:
    found = kind_of(kind)
    return found(*found.validate(FORMS[kind], {}))


def refusal(kind: str, sent: Message | None = None) -> DeliveryError:
    with pytest.raises(DeliveryError) as raised:
        channel(kind).send(sent or message())
    return raised.value


def test_every_kind_is_tested_here() -> None:
    offered = {name for name, kind in kinds().items() if not kind.hidden}
    assert set(FORMS) == offered - {"email", "webhook"}


@every_service
def test_one_call_to_the_service_brings_the_message(kind: str, internet: Internet) -> None:
    channel(kind).send(message())
    url = urlsplit(str(internet.call.url))
    assert (url.scheme, url.hostname) == ("https", HOSTS[kind])
    assert "Production (Acme CRM) is down" in internet.sent
    assert "https://vitals.example/connections/" in internet.sent


@every_service
def test_nothing_that_is_shown_is_more_than_text(kind: str, internet: Internet) -> None:
    tail = "<users/all> " + "*" * 10_000
    hostile = item(title=HOSTILE, text=HOSTILE + tail, facts=[(HOSTILE, HOSTILE + tail)] * 20)
    channel(kind).send(message(hostile, tenant=HOSTILE))
    assert urlsplit(str(internet.call.url)).hostname == HOSTS[kind]
    assert len(internet.sent) < 20_000
    assert '"markdown"' not in internet.sent  # Webex's other field
    assert '"html"' not in internet.sent  # Pushover's switch
    if kind in {"slack", "google_chat", "telegram"}:
        assert "<!" not in internet.sent
        assert "<users" not in internet.sent
        assert "<script" not in internet.sent
    if kind in {"discord", "ilert"}:  # fields that take Markdown
        told = json.loads(internet.sent)
        assert "[a](http" not in (told["content"] if kind == "discord" else told["details"])
    if kind == "discord":
        assert "@everyone" not in internet.sent
        assert "<@U1" not in internet.sent
        assert len(json.loads(internet.sent)["content"]) <= 2000


@every_service
@pytest.mark.parametrize(
    ("status", "code", "permanent"),
    [(403, "http_403", True), (302, "redirect", True), (500, "http_500", False)],
)
def test_what_an_answer_means(
    kind: str, status: int, code: str, permanent: bool, internet: Internet
) -> None:
    internet.answers(status, headers={"Location": "http://169.254.169.254/"}, body="their words")
    error = refusal(kind)
    assert (error.code, error.permanent) == (code, permanent)
    assert "words" not in error.message
    assert internet.call


@every_service
def test_a_limit_is_heard_and_not_slept_through(kind: str, internet: Internet) -> None:
    limited = {"Retry-After": "30", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "4102444800"}
    internet.answers(429, headers=limited)
    error = refusal(kind)
    assert (error.permanent, error.retry_after) == (False, dt.timedelta(seconds=30))


@every_service
def test_a_service_that_is_away_is_tried_again(kind: str, internet: Internet) -> None:
    internet.answers(200, body=ConnectTimeout(f"https://host/{TOKEN}"))
    error = refusal(kind)
    assert (error.code, error.permanent) == ("connection_failed", False)


def test_slack_takes_a_message_only_by_saying_ok(internet: Internet) -> None:
    internet.answers(200, body="<html>a proxy's page</html>")
    assert refusal("slack").code == "refused"


@every_service
def test_nothing_is_logged_and_nothing_goes_on(
    kind: str, internet: Internet, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    before = threading.active_count()
    channel(kind).send(message())
    internet.answers(400, body=TOKEN)
    refusal(kind)
    assert not caplog.records
    assert threading.active_count() == before


@pytest.mark.parametrize("kind", sorted(set(FORMS) - set(PAGERS)))
def test_several_notices_are_one_message(kind: str, internet: Internet) -> None:
    many = [item(title=f"Notice number {number}", severity="info") for number in range(40)]
    channel(kind).send(message(*many, item(title="The worst")))
    assert "The worst (and 40 more)" in internet.sent
    assert "more, on the dashboard" in internet.sent


@pytest.mark.parametrize("kind", PAGERS)
def test_a_page_is_opened_and_resolved_under_one_key(kind: str, internet: Internet) -> None:
    channel(kind).send(message())
    opened = internet.sent
    internet.answers(202)
    channel(kind).send(message(item(kind="recovered", severity="info", ends=True)))
    resolved = internet.sent + str(internet.call.url)
    assert KEY in opened
    assert KEY in resolved.replace("%3A", ":")
    assert not re.search("resolve|close", opened, re.IGNORECASE)
    assert re.search("resolve|/close", resolved, re.IGNORECASE)


@pytest.mark.parametrize("kind", PAGERS)
def test_a_test_opens_a_page_so_that_somebody_sees_it(kind: str, internet: Internet) -> None:
    channel(kind).send(message(item(kind="test", title="A test", ends=True), is_test=True))
    assert "A test" in internet.sent
    assert not re.search("resolve|/close", internet.sent + str(internet.call.url), re.IGNORECASE)


@every_service
def test_no_form_leads_elsewhere(kind: str) -> None:
    """Whatever stands in a field: it is refused by the field's name."""
    for name, value in FORMS[kind].items():
        for wrong in (
            "",
            f"{value}\n",
            f"{value}\r\nHost: evil.example",
            "https://evil.example/" + value,
            value.replace(".com", ".com.evil.example").replace("https://", "https://u@"),
            value.replace("https://", "http://") + "#@evil.example/",
            "../../../x",
        ):
            if wrong.strip() == value and "\r" not in wrong:
                continue  # blanks around a value are taken off
            with pytest.raises(ValidationError) as raised:
                kind_of(kind).validate({**FORMS[kind], name: wrong}, {})
            assert set(raised.value.detail) == {name}


@every_service
def test_secrets_are_apart_and_kept_when_left_out(kind: str) -> None:
    shown, secrets = kind_of(kind).validate(FORMS[kind], {})
    assert TOKEN[:30] not in json.dumps({**shown, "room": ""})
    assert kind_of(kind).validate(shown, secrets) == (shown, secrets)
    with pytest.raises(ValidationError):
        kind_of(kind).validate(shown, {})
