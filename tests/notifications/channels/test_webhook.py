"""What a receiver of webhooks gets, and what its answers mean."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone
from pytest_django.fixtures import Settings
from rest_framework.exceptions import ValidationError
from standardwebhooks import Webhook as Verifier
from standardwebhooks import WebhookVerificationError

from notifications.channels import kind_of, posting, webhook
from notifications.channels.base import DeliveryError
from notifications.channels.signing import Keys
from notifications.channels.webhook import Webhook
from notifications.status import NoticeKind
from tests.notifications.channels.messages import HOSTILE, ID, item, message
from tests.notifications.receiver import HANGS, Receiver

_BLOCKS = ("text", "json", "python")  # of docs/webhooks.md


def channel(url: str) -> Webhook:
    return Webhook(*Webhook.validate({"url": url}, {}))


def verified(receiver: Receiver, secret: str, number: int = -1) -> dict[str, object]:
    told: dict[str, object] = Verifier(secret).verify(
        receiver.bodies[number], dict(receiver.heads[number])
    )
    return told


def refusal(hook: Webhook) -> DeliveryError:
    with pytest.raises(DeliveryError) as raised:
        hook.send(message())
    return raised.value


def test_an_independent_library_verifies_what_arrives(receiver: Receiver) -> None:
    hook = channel(receiver.url)
    hook.send(message(item(title=HOSTILE)))
    told = verified(receiver, webhook.signing_secret(hook.secrets))
    assert told["type"] == "downtime.opened"
    assert told["timestamp"] == "2026-11-22T08:30:00.000Z"
    assert isinstance(told["data"], dict)
    assert told["data"]["title"] == HOSTILE
    assert told["data"]["connectionId"] == "01930000-0000-7000-8000-0000000000cc"
    assert receiver.heads[0]["webhook-id"] == str(ID)
    assert receiver.heads[0]["content-type"] == "application/json"


def test_no_other_secret_and_no_other_body_is_verified(receiver: Receiver) -> None:
    hook = channel(receiver.url)
    hook.send(message())
    secret = webhook.signing_secret(hook.secrets)
    with pytest.raises(WebhookVerificationError):
        verified(receiver, Keys.fresh().newest)
    with pytest.raises(WebhookVerificationError):
        Verifier(secret).verify(receiver.bodies[0] + b" ", dict(receiver.heads[0]))


def test_old_and_new_secret_both_verify_until_the_overlap_ends(receiver: Receiver) -> None:
    hook = channel(receiver.url)
    old = webhook.signing_secret(hook.secrets)
    overlapping = webhook.rotate(hook.secrets, overlap=dt.timedelta(hours=24))
    new = webhook.signing_secret(overlapping)
    Webhook(hook.config, overlapping).send(message())
    assert verified(receiver, old) == verified(receiver, new)
    over = Keys.load(overlapping["signingKeys"]).sign(
        str(ID), body=b"{}", now=timezone.now() + dt.timedelta(hours=24)
    )
    assert len(over["webhook-signature"].split()) == 1
    again = webhook.rotate(overlapping, overlap=dt.timedelta())
    Webhook(hook.config, again).send(message())
    for ended in (old, new):
        with pytest.raises(WebhookVerificationError):
            verified(receiver, ended)
    verified(receiver, webhook.signing_secret(again))


def test_each_kind_of_notice_has_a_type() -> None:
    assert set(webhook.TYPES) == {*NoticeKind.values, "test"}


@pytest.mark.parametrize(
    ("status", "code", "permanent"),
    [
        ("500 Oops", "http_500", False),
        ("408 Slow", "http_408", False),
        ("302 Found", "redirect", True),
        ("404 Lost", "http_404", True),
        ("410 Gone", "gone", True),
    ],
)
def test_what_an_answer_means(receiver: Receiver, status: str, code: str, permanent: bool) -> None:
    receiver.answers(status, "Location: http://127.0.0.1:1/secret", body=b"the server's words")
    error = refusal(channel(receiver.url))
    assert (error.code, error.permanent, error.gone) == (code, permanent, code == "gone")
    assert "words" not in error.message
    assert receiver.count == 1


def test_a_receiver_that_asks_to_wait_is_heard(receiver: Receiver) -> None:
    receiver.answers("429 Slow down", "Retry-After: 90")
    assert refusal(channel(receiver.url)).retry_after == dt.timedelta(seconds=90)
    receiver.answers("503 Later", "Retry-After: 9999999999999")
    wait = refusal(channel(receiver.url)).retry_after
    assert wait is not None
    assert wait > dt.timedelta(days=1)


def test_a_receiver_that_hangs_is_left(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posting, "DEADLINE", 0.2)
    receiver.script = HANGS
    error = refusal(channel(receiver.url))
    assert (error.code, error.permanent) == ("timeout", False)


def test_no_more_is_read_than_needed(receiver: Receiver) -> None:
    receiver.answers("200 OK", body=b"x" * 2_000_000)
    channel(receiver.url).send(message())
    assert receiver.count == 1


def test_an_inside_address_is_refused_when_entered_and_when_called(
    receiver: Receiver, settings: Settings
) -> None:
    hook = channel(receiver.url)
    settings.PROBE_ALLOWED_NETWORKS = ()
    with pytest.raises(ValidationError) as raised:
        channel(receiver.url)
    assert set(raised.value.detail) == {"url"}
    error = refusal(hook)
    assert (error.code, error.permanent) == ("blocked_address", True)
    assert receiver.count == 0


def test_the_form_is_exact() -> None:
    assert kind_of("webhook") is Webhook
    for config in ({}, {"url": "ftp://x.example"}, {"url": "https://u:p@x.example"}):
        with pytest.raises(ValidationError) as raised:
            Webhook.validate(config, {})
        assert set(raised.value.detail) == {"url"}
    with pytest.raises(ValidationError) as raised:
        Webhook.validate({"url": "https://x.example", "signingKeys": "mine"}, {})
    assert set(raised.value.detail) == {"signingKeys"}


def test_a_changed_form_keeps_the_signing_secret() -> None:
    _, secrets = Webhook.validate({"url": "https://x.example/"}, {})
    shown, kept = Webhook.validate({"url": "https://y.example/"}, secrets)
    assert kept == secrets
    assert shown == {"url": "https://y.example/"}


def test_the_example_and_the_receiver_of_the_documentation_agree() -> None:
    page = (settings.BASE_DIR / "docs" / "webhooks.md").read_text()
    head, body, code = (re.findall(rf"```{kind}\n(.*?)\n```", page, re.S)[0] for kind in _BLOCKS)
    headers = dict(line.split(": ", 1) for line in head.splitlines())
    [secret] = re.findall("whsec_[A-Za-z0-9+/=]{20,}", page)
    receiver: dict[str, Any] = {}
    exec(code, receiver)  # noqa: S102 - our own page
    sent = int(headers["webhook-timestamp"])
    assert receiver["verify"](headers, body.encode(), secret, now=sent + 60)
    assert not receiver["verify"](headers, body.encode() + b" ", secret, now=sent + 60)
    assert not receiver["verify"](headers, body.encode(), secret, now=sent + 301)
    for told in set(webhook.TYPES.values()) - {"channel.disabled"}:
        assert f"| `{told}` |" in page
