"""When a credential expires, as its provider tells in answers."""

import asyncio
import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from django.utils import timezone

from connections.models import Credential
from demo.behaviour import Behaviour
from demo.provider import SimulatedProvider
from egress.probing import Prober
from healthchecks import recording
from healthchecks.claims import start
from healthchecks.observation import Observation
from healthchecks.preparation import prepare
from healthchecks.probe import probe
from integrations import catalogue
from tests.egress.servers import LOOPBACK_OPEN
from tests.healthchecks.rounds import claim_due, health, shift
from tests.population import connect, integration_at

pytestmark = pytest.mark.django_db(transaction=True)

SOON = (timezone.now() + dt.timedelta(minutes=30)).replace(microsecond=0)
PROVIDER = """
name = "Hub"
category = "code"
base_url = "https://api.example.com"
[auth]
type = "bearer"
labels = { token = "Token" }
[test_action]
name = "Me"
path = "/me"
[expiry]
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(catalogue, "FOLDER", tmp_path)
    catalogue.providers.cache_clear()
    yield tmp_path
    catalogue.providers.cache_clear()


@pytest.fixture
def hub() -> Iterator[SimulatedProvider]:
    with SimulatedProvider.in_thread() as running:
        yield running


def connect_to(hub: SimulatedProvider) -> UUID:
    [pk] = connect(integration_at(hub.url("acme"), provider="hub"))
    return pk


def check(pk: UUID) -> None:
    """Make one real probe, and record it."""
    shift(pk, seconds=66)
    [job] = prepare(start(claim_due()))

    async def call() -> Observation:
        async with Prober(LOOPBACK_OPEN) as prober:
            return await probe(job, prober)

    recording.record([asyncio.run(call())])


@pytest.mark.parametrize(
    ("place", "behaviour"),
    [
        (
            'header = "Token-Expiration"',
            Behaviour(headers=(("token-expiration", f"{SOON:%Y-%m-%d %H:%M:%S} UTC"),)),
        ),
        (
            'path = "$.token.expires_at"',
            Behaviour(body=b'{"token": {"expires_at": %d}}' % SOON.timestamp()),
        ),
    ],
    ids=["header", "body"],
)
def test_a_provider_tells_and_the_next_check_is_degraded(
    folder: Path, hub: SimulatedProvider, place: str, behaviour: Behaviour
) -> None:
    (folder / "hub.toml").write_text(PROVIDER + place)
    hub.set("acme", behaviour)
    pk = connect_to(hub)
    check(pk)
    stored = Credential.objects.get(pk=pk)
    assert (stored.expires_at, stored.expiry_source) == (SOON, "provider")
    assert health(pk).reasons == []
    check(pk)
    assert health(pk).reasons == ["credential_expiring"]


def test_what_a_person_entered_stays(folder: Path, hub: SimulatedProvider) -> None:
    (folder / "hub.toml").write_text(PROVIDER + 'header = "Token-Expiration"')
    hub.set("acme", Behaviour(headers=(("Token-Expiration", SOON.isoformat()),)))
    pk = connect_to(hub)
    later = timezone.now() + dt.timedelta(days=30)
    Credential.objects.update(expires_at=later, expiry_source="entered")
    check(pk)
    assert Credential.objects.get(pk=pk).expires_at == later


def test_only_a_passed_answer_is_believed(folder: Path, hub: SimulatedProvider) -> None:
    (folder / "hub.toml").write_text(PROVIDER + 'header = "Token-Expiration"')
    hub.set("acme", Behaviour(status=500, headers=(("Token-Expiration", SOON.isoformat()),)))
    pk = connect_to(hub)
    check(pk)
    assert Credential.objects.get(pk=pk).expires_at is None
