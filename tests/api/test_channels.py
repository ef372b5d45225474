"""Channels over the API: made, changed, tried, and refused where they make no sense."""

import datetime as dt
import json
import uuid
from typing import Any

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient
from standardwebhooks import Webhook as Verifier

from notifications.channel_edits import MOST_CHANNELS
from notifications.channel_views import MOST_TRIALS
from notifications.models import NotificationChannel, NotificationDelivery
from tenants.models import Tenant
from tests.api.test_contract import assert_shape
from tests.api.test_envelope import error_of
from tests.factories import make_delivery, make_integration, make_notice
from tests.notifications.receiver import Receiver
from tests.notifications.rounds import make_channel

PATH = "/api/v1/notification-channels"
WEBHOOK = {"kind": "webhook", "config": {"url": "https://ops.example.com/hook"}}
MAIL = {"kind": "email", "config": {"recipients": ["ops@example.com"]}}
SLACK_URL = "https://hooks.slack.com/services/T00000000/B00000000/canary24characterslong00"
SLACK = {"kind": "slack", "config": {"url": SLACK_URL}}
HOUR = dt.timedelta(hours=1)
NIGHT = {"start": "22:00", "end": "07:00", "timeZone": "Europe/Berlin"}
CHANNEL = {
    "id": "id",
    "name": "text",
    "kind": "text",
    "enabled": "bool",
    "config": "object",
    "secretFields": "list",
    "events": "list",
    "integrationIds": "list",
    "tags": "list",
    "minimumSeverity": "text",
    "quietHours": "object?",
    "reminderMinutes": "int?",
    "state": "text",
    "failingSince": "time?",
    "disabledReason": "text?",
    "lastDeliveredAt": "time?",
    "lastError": "object?",
    "createdAt": "time",
    "updatedAt": "time",
}


def create(client: APIClient, form: dict[str, Any] = WEBHOOK, **fields: Any) -> dict[str, Any]:
    answer = client.post(PATH, {"name": "Ops", **form, **fields})
    assert answer.status_code == 201, answer.content
    made: dict[str, Any] = answer.json()["data"]
    return made


def change(client: APIClient, channel: dict[str, Any], **fields: Any) -> dict[str, Any]:
    answer = client.patch(f"{PATH}/{channel['id']}", fields)
    assert answer.status_code == 200, answer.content
    changed: dict[str, Any] = answer.json()["data"]
    return changed


def refused(answer: Any) -> Any:
    return error_of(answer, 400)["details"]


def post(client: APIClient, channel: Any, verb: str, **body: Any) -> Any:
    return client.post(f"{PATH}/{channel['id']}/{verb}", body)


def test_the_kinds_say_what_to_enter_and_none_is_vitals_own(victor: APIClient) -> None:
    kinds = victor.get(f"{PATH}/kinds").json()["data"]
    by_word = {kind["kind"]: kind for kind in kinds}
    assert by_word.keys() >= {"webhook", "email", "slack"}
    assert "admins" not in by_word
    assert [kind["name"].lower() for kind in kinds] == sorted(k["name"].lower() for k in kinds)
    [url] = by_word["webhook"]["fields"]
    assert url.pop("help")
    assert url == {
        "name": "url",
        "label": "URL",
        "type": "url",
        "secret": False,
        "required": True,
        "choices": None,
    }
    [slacks] = by_word["slack"]["fields"]
    assert slacks["secret"] is True


def test_a_channel_wants_everything_but_changes_until_told_otherwise(alice: APIClient) -> None:
    made = create(alice)
    secret = made.pop("signingSecret")
    assert secret.startswith("whsec_")
    assert_shape(made, CHANNEL)
    assert made["events"] == ["downtime", "recovery", "expiry", "incident", "needs_reauth"]
    assert (made["enabled"], made["state"], made["minimumSeverity"]) == (True, "active", "info")
    assert made["config"] == WEBHOOK["config"]
    assert made["secretFields"] == made["integrationIds"] == made["tags"] == []
    shown = alice.get(f"{PATH}/{made['id']}")
    assert shown.json()["data"] == alice.get(PATH).json()["data"][0] == made
    assert secret not in shown.content.decode()


def test_all_that_is_said_of_a_channel_is_kept_and_can_be_changed(
    acme: Tenant,
    alice: APIClient,
) -> None:
    crm = str(make_integration(acme).pk)
    wishes = {
        "events": ["downtime", "state_change"],
        "integrationIds": [crm],
        "tags": ["production"],
        "minimumSeverity": "warning",
        "quietHours": NIGHT,
        "reminderMinutes": 5,
        "enabled": False,
    }
    made = create(alice, MAIL, **wishes)
    assert {name: made[name] for name in wishes} == wishes
    assert (made["signingSecret"], made["state"], made["disabledReason"]) == (
        None,
        "disabled",
        None,
    )
    other = {
        "name": "Nobody",
        "config": {"recipients": ["a@example.com", "b@example.com"]},
        "events": ["expiry"],
        "integrationIds": [],
        "tags": [],
        "minimumSeverity": "info",
        "quietHours": None,
        "reminderMinutes": None,
        "enabled": True,
    }
    changed = change(alice, made, **other)
    assert {name: changed[name] for name in other} == other
    renamed = change(alice, made, name="Ops")
    assert renamed == {**changed, "name": "Ops", "updatedAt": renamed["updatedAt"]}
    assert alice.delete(f"{PATH}/{made['id']}").status_code == 204
    error_of(alice.get(f"{PATH}/{made['id']}"), 404)


def test_what_is_named_twice_is_meant_once(acme: Tenant, alice: APIClient) -> None:
    crm = str(make_integration(acme).pk)
    made = create(
        alice, events=["expiry", "expiry"], integrationIds=[crm, crm.upper()], tags=["a", "a"]
    )
    assert (made["events"], made["integrationIds"], made["tags"]) == (["expiry"], [crm], ["a"])


def test_secrets_are_taken_and_never_shown(alice: APIClient) -> None:
    made = create(alice, SLACK)
    assert (made["config"], made["secretFields"]) == ({}, ["url"])
    kept = change(alice, made, config={})
    assert kept["secretFields"] == ["url"]
    for answer in (alice.get(PATH), alice.get(f"{PATH}/{made['id']}")):
        assert b"canary" not in answer.content
    stored = NotificationChannel.objects.get()
    assert stored.secrets() == {"url": SLACK_URL}
    assert b"canary" not in bytes(stored.encrypted_secrets or b"")


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"kind": "webhook", "config": {}}, "url"),
        ({"kind": "webhook", "config": {"url": "http://127.0.0.1/x"}}, "url"),
        ({"kind": "webhook", "config": {"url": "https://a:b@example.com/"}}, "url"),
        ({"kind": "webhook", "config": {"url": 5}}, "url"),
        ({"kind": "webhook", "config": {**WEBHOOK["config"], "token": "x"}}, "token"),  # type: ignore[dict-item]
        ({"kind": "webhook", "config": {**WEBHOOK["config"], "signingKeys": "x"}}, "signingKeys"),  # type: ignore[dict-item]
        ({"kind": "email", "config": {"recipients": []}}, "recipients"),
        ({"kind": "email", "config": {"recipients": ["nobody"]}}, "recipients"),
        ({"kind": "slack", "config": {"url": "https://evil.example.com/services/x"}}, "url"),
    ],
)
def test_a_form_that_makes_no_sense_is_refused_by_the_field(
    alice: APIClient,
    form: dict[str, Any],
    field: str,
) -> None:
    assert list(refused(alice.post(PATH, {"name": "Ops", **form}))["config"]) == [field]
    assert list(refused(alice.post(f"{PATH}/test", form))["config"]) == [field]
    stored = create(alice, {"webhook": WEBHOOK, "email": MAIL, "slack": SLACK}[form["kind"]])
    path = f"{PATH}/{stored['id']}"
    if form["config"]:
        assert list(refused(alice.patch(path, {"config": form["config"]}))["config"]) == [field]
    assert alice.get(path).json()["data"]["config"] == stored["config"]


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"name": ""}, "name"),
        ({"kind": "pigeon"}, "kind"),
        ({"kind": "admins"}, "kind"),
        ({"config": None}, "config"),
        ({"config": "https://example.com"}, "config"),
        ({"enabled": "no"}, "enabled"),
        ({"events": []}, "events"),
        ({"events": ["rain"]}, "events"),
        ({"minimumSeverity": "deadly"}, "minimumSeverity"),
        ({"reminderMinutes": 4}, "reminderMinutes"),
        ({"reminderMinutes": 10_081}, "reminderMinutes"),
        ({"tags": ["x" * 61]}, "tags"),
        ({"integrationIds": [str(uuid.uuid4())]}, "integrationIds"),
        ({"quietHours": {"start": "22:00", "end": "07:00"}}, "quietHours"),
        ({"quietHours": {**NIGHT, "timeZone": "Europe/Atlantis"}}, "quietHours"),
        ({"quietHours": {**NIGHT, "timeZone": "../etc/passwd"}}, "quietHours"),
        ({"quietHours": {**NIGHT, "end": "22:00"}}, "quietHours"),
        ({"quietHours": {**NIGHT, "start": "25:00"}}, "quietHours"),
        ({"quietHours": {**NIGHT, "start": "7:00"}}, "quietHours"),
        ({"quietHours": {**NIGHT, "days": 1}}, "quietHours"),
        ({"quietHours": "at night"}, "quietHours"),
        ({"state": "active"}, "state"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(
    alice: APIClient,
    fields: dict[str, Any],
    named: str,
) -> None:
    assert list(refused(alice.post(PATH, {"name": "Ops", **WEBHOOK, **fields}))) == [named]
    made = create(alice)
    made.pop("signingSecret")
    assert list(refused(alice.patch(f"{PATH}/{made['id']}", fields))) == [named]
    assert alice.get(PATH).json()["data"] == [made]


def test_the_kind_stays(alice: APIClient) -> None:
    made = create(alice)
    answer = alice.patch(f"{PATH}/{made['id']}", {"kind": "email"})
    assert refused(answer) == {"kind": ["This cannot be set."]}


def test_anothers_integrations_are_refused_like_those_of_nobody(
    acme: Tenant,
    charlie: APIClient,
) -> None:
    answer = charlie.post(
        PATH, {"name": "Ops", **WEBHOOK, "integrationIds": [str(make_integration(acme).pk)]}
    )
    assert refused(answer) == {"integrationIds": {"0": ["There is none with this id."]}}


def test_a_channel_of_one_integration_is_turned_off_with_it(
    acme: Tenant,
    alice: APIClient,
) -> None:
    crm, chat = (str(make_integration(acme, name).pk) for name in ("CRM", "Chat"))
    alone, both = create(alice, integrationIds=[crm]), create(alice, integrationIds=[crm, chat])
    assert alice.delete(f"/api/v1/integrations/{crm}").status_code == 204
    after = {row["id"]: row for row in alice.get(PATH).json()["data"]}
    assert (after[both["id"]]["integrationIds"], after[both["id"]]["enabled"]) == ([chat], True)
    assert (after[alone["id"]]["integrationIds"], after[alone["id"]]["enabled"]) == ([], False)


def test_there_are_so_many_channels_and_no_more(
    acme: Tenant,
    alice: APIClient,
) -> None:
    NotificationChannel.objects.bulk_create(
        NotificationChannel(tenant=acme, name=f"{n}", kind="webhook") for n in range(MOST_CHANNELS)
    )
    assert "Delete one" in error_of(alice.post(PATH, {"name": "Ops", **WEBHOOK}), 409)["message"]
    assert NotificationChannel.objects.count() == MOST_CHANNELS


def test_what_waits_for_a_channel_ends_when_it_is_turned_off(
    acme: Tenant,
    alice: APIClient,
) -> None:
    channel = make_channel(acme, failures=3, error_code="timeout", error_text="No answer.")
    channel.disabled_at = channel.failing_since = channel.created_at
    channel.save()
    delivery = make_delivery(channel, make_notice(acme))
    shown = {"id": str(channel.pk)}
    assert alice.get(PATH).json()["data"][0]["disabledReason"] == "permanent_failure"
    off = change(alice, shown, enabled=False)
    assert off["lastError"] == {"code": "timeout", "message": "No answer."}
    delivery.refresh_from_db()
    assert (delivery.state, delivery.error_code) == ("failed", "switched_off")
    again = change(alice, shown, enabled=True)
    assert (again["state"], again["disabledReason"], again["lastError"]) == ("active", None, None)


def fail(made: dict[str, Any]) -> None:
    """Let a channel wait for its next attempt."""
    failing = {"failing_since": timezone.now(), "next_try_at": timezone.now() + HOUR}
    NotificationChannel.objects.filter(pk=made["id"]).update(**failing)


def waits(made: dict[str, Any]) -> bool:
    return NotificationChannel.objects.get(pk=made["id"]).next_try_at is not None


def test_a_channel_that_is_mended_lets_nothing_wait(alice: APIClient) -> None:
    made = create(alice)
    fail(made)
    assert change(alice, made, name="New", config=WEBHOOK["config"])["state"] == "failing"
    assert waits(made)
    mended = change(alice, made, config={"url": "https://ops.example.com/mended"})
    assert mended["state"] == "active"
    assert not waits(made)


def test_a_test_that_arrives_lets_nothing_wait(alice: APIClient, receiver: Receiver) -> None:
    made = create(alice, config={"url": receiver.url})
    fail(made)
    receiver.answers("500 Internal Server Error")
    post(alice, made, "test")
    assert waits(made)
    receiver.answers("200 OK")
    post(alice, made, "test")
    assert not waits(made)


def test_what_waited_for_the_end_of_quiet_hours_goes_when_they_are_removed(
    acme: Tenant,
    alice: APIClient,
) -> None:
    channel = make_channel(acme)
    delivery = make_delivery(channel, make_notice(acme), held=True)
    NotificationDelivery.objects.update(due_at=delivery.due_at.replace(year=2100))
    change(alice, {"id": str(channel.pk)}, quietHours=None)
    delivery.refresh_from_db()
    assert delivery.due_at.year < 2100


def test_a_test_says_whether_it_arrived(alice: APIClient, receiver: Receiver) -> None:
    made = create(alice, config={"url": receiver.url})
    tried = post(alice, made, "test").json()["data"]
    assert (tried["delivered"], tried["error"]) == (True, None)
    assert tried["latencyMs"] >= 0
    assert json.loads(receiver.bodies[0])["type"] == "channel.test"
    receiver.answers("500 Internal Server Error", body=b"canary")
    failed = post(alice, made, "test").json()["data"]
    assert failed["delivered"] is False
    assert failed["error"] == {
        "code": "http_500",
        "message": "The receiver answered 500 (Internal Server Error).",
    }
    unsaved = {"kind": "webhook", "config": {"url": receiver.url}}
    assert alice.post(f"{PATH}/test", unsaved).json()["data"]["error"]["code"] == "http_500"
    assert receiver.count == 3
    assert alice.get(PATH).json()["data"][0]["state"] == "active"


def test_tests_are_bounded(alice: APIClient, settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    answers = [alice.post(f"{PATH}/test", MAIL) for _ in range(MOST_TRIALS + 1)]
    assert {answer.status_code for answer in answers[:-1]} == {200}
    error_of(answers[-1], 429)


def test_a_channel_whose_secrets_cannot_be_read_says_so_and_takes_new_ones(
    alice: APIClient,
) -> None:
    made = create(alice, SLACK)
    NotificationChannel.objects.update(encrypted_secrets=b"x")
    assert post(alice, made, "test").json()["data"]["error"]["code"] == "secret_unreadable"
    assert "url" in refused(alice.patch(f"{PATH}/{made['id']}", {"config": {}}))["config"]
    change(alice, made, config=SLACK["config"])
    assert NotificationChannel.objects.get().secrets() == {"url": SLACK_URL}


def test_after_a_rotation_both_secrets_verify_while_the_old_one_lasts(
    alice: APIClient,
    receiver: Receiver,
) -> None:
    made = create(alice, config={"url": receiver.url})
    rotated = post(alice, made, "rotate-secret", overlapHours=1).json()["data"]
    assert rotated["id"] == made["id"]
    post(alice, made, "test")
    for secret in (made["signingSecret"], rotated["signingSecret"]):
        Verifier(secret).verify(receiver.bodies[0], dict(receiver.heads[0]))
    again = post(alice, made, "rotate-secret", overlapHours=0).json()["data"]
    post(alice, made, "test")
    assert len(receiver.heads[1]["webhook-signature"].split()) == 1
    Verifier(again["signingSecret"]).verify(receiver.bodies[1], dict(receiver.heads[1]))


def test_a_secret_that_cannot_be_read_can_be_replaced(alice: APIClient) -> None:
    made = create(alice)
    NotificationChannel.objects.update(encrypted_secrets=b"x")
    rotated = post(alice, made, "rotate-secret").json()["data"]
    assert rotated["signingSecret"] not in {None, made["signingSecret"]}


@pytest.mark.parametrize("hours", [-1, 721, "1", 0.5])
def test_an_overlap_has_bounds(alice: APIClient, hours: Any) -> None:
    made = create(alice)
    assert list(refused(post(alice, made, "rotate-secret", overlapHours=hours))) == ["overlapHours"]


def test_what_signs_nothing_has_no_secret_to_rotate(alice: APIClient) -> None:
    error_of(post(alice, create(alice, MAIL), "rotate-secret"), 409)


def test_vitals_own_channel_is_nobodys(acme: Tenant, alice: APIClient) -> None:
    own = make_channel(acme, kind="admins")
    assert alice.get(PATH).json()["data"] == []
    error_of(alice.patch(f"{PATH}/{own.pk}", {"enabled": False}), 404)


@pytest.mark.parametrize("verb", ["test", "rotate-secret"])
def test_operators_and_viewers_only_read(
    alice: APIClient,
    bob: APIClient,
    victor: APIClient,
    verb: str,
) -> None:
    made = create(alice)
    for client in (bob, victor):
        error_of(post(client, made, verb), 403)
        assert client.get(PATH).json()["data"][0]["id"] == made["id"]
