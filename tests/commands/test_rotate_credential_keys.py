"""`rotate_credential_keys`: the newest key for all, at any time, and no key lost that is needed."""

import secrets
import threading
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.checks import Tags, run_checks
from django.core.management import CommandError, call_command
from django.db import connections as databases
from django.db import transaction

from connections import edits, rotation
from connections.edits import NewCredential
from connections.encryption import key_id, unseal
from connections.models import Connection, Credential, OAuthClient
from connections.rotation import key_use, rotate
from tests.factories import TOKEN, make_connection, make_integration, make_tenant
from tests.notifications.rounds import make_channel

OLD, NEW = secrets.token_bytes(32), secrets.token_bytes(32)
OLD_ID, NEW_ID = key_id(OLD).hex(), key_id(NEW).hex()

pytestmark = pytest.mark.django_db


@pytest.fixture
def keys(settings: Any) -> Callable[..., None]:
    def use(*given: bytes) -> None:
        settings.CREDENTIAL_KEYS = list(given)

    use(OLD)
    return use


@pytest.fixture
def three(keys: Callable[..., None]) -> list[Connection]:
    integration = make_integration(make_tenant())
    return [make_connection(integration, name) for name in ("One", "Two", "Three")]


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("rotate_credential_keys", *arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


def token_of(connection: Connection) -> str:
    stored = Credential.objects.get(pk=connection.pk)
    return unseal(
        bytes(stored.encrypted_secret), connection_id=connection.pk, origin=connection.origin
    )["token"]


def test_afterwards_the_old_key_is_needed_no_more(
    three: list[Connection], keys: Callable[..., None]
) -> None:
    keys(NEW, OLD)
    make_connection(three[0].integration, "Four")
    last_line = run().splitlines()[-1]
    assert last_line == (
        "3 re-encrypted, 1 were new already, 0 cannot be read."
        f" No longer used, and can be dropped from CREDENTIAL_KEYS: {OLD_ID}."
    )
    keys(NEW)
    assert {token_of(connection) for connection in three} == {TOKEN}
    assert run() == (
        "0 re-encrypted, 4 were new already, 0 cannot be read."
        f" CREDENTIAL_KEYS has one key, {NEW_ID}.\n"
    )


def test_afterwards_what_is_one_account_is_known_as_one(
    three: list[Connection], keys: Callable[..., None]
) -> None:
    keys(NEW, OLD)
    make_connection(three[0].integration, "Four")
    run()
    assert Credential.objects.values("account").distinct().count() == 1


def test_stopped_half_way_it_goes_on(
    three: list[Connection], keys: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    keys(NEW, OLD)
    monkeypatch.setattr(rotation, "BATCH", 1)
    rounds = rotate()
    next(rounds)
    del rounds
    assert key_use().counts == {NEW_ID: 1, OLD_ID: 2}
    assert run().startswith("2 re-encrypted, 1 were new already")


def test_what_is_changed_meanwhile_stays_changed(
    three: list[Connection], keys: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    keys(NEW, OLD)
    monkeypatch.setattr(rotation, "BATCH", 1)
    rounds = rotate()
    next(rounds)
    for connection in three[:2]:
        edits.store_credential(connection, NewCredential(secret={"token": "2nd"}, expires_at=None))
    edits.delete_credential(three[2])
    assert [batch.resealed for batch in rounds] == []
    assert [token_of(connection) for connection in three[:2]] == ["2nd", "2nd"]


def test_a_credential_that_cannot_be_read_is_named_and_stops_nobody(
    three: list[Connection], keys: Callable[..., None]
) -> None:
    moved = Credential.objects.get(pk=three[0].pk)
    moved.seal({"token": TOKEN}, origin="https://elsewhere.example.com")
    moved.save()
    cut = Credential.objects.get(pk=three[1].pk)
    Credential.objects.filter(pk=cut.pk).update(encrypted_secret=bytes(cut.encrypted_secret)[:8])
    keys(NEW, OLD)
    out, progress = StringIO(), StringIO()
    with pytest.raises(CommandError, match=r"^2 secrets, named above"):
        call_command("rotate_credential_keys", stdout=out, stderr=progress)
    assert out.getvalue() == (
        "1 re-encrypted, 0 were new already, 2 cannot be read."
        f" No key can be dropped: still used are {NEW_ID}, {OLD_ID}.\n"
    )
    assert progress.getvalue().splitlines() == [
        "3 of 3 secrets done",
        f"The credential of connection {three[0].pk} cannot be read.",
        f"The credential of connection {three[1].pk} cannot be read.",
    ]
    assert token_of(three[2]) == TOKEN


@pytest.mark.parametrize("arguments", [(), ("--check",)])
def test_a_key_that_is_missing_is_named(
    three: list[Connection], keys: Callable[..., None], arguments: tuple[str, ...]
) -> None:
    keys(NEW)
    with pytest.raises(CommandError) as refusal:
        run(*arguments)
    assert "CREDENTIAL_KEYS lacks keys" in str(refusal.value)
    assert f"{OLD_ID} (3)" in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_every_start_warns_of_a_key_that_is_missing(
    three: list[Connection], keys: Callable[..., None]
) -> None:
    assert run_checks(tags=[Tags.database], databases=["default"]) == []
    keys(NEW)
    [warning] = run_checks(tags=[Tags.database], databases=["default"])
    assert warning.msg == (
        f"CREDENTIAL_KEYS lacks the key {OLD_ID}, which 3 of the stored credentials need."
    )


def test_a_check_changes_nothing(three: list[Connection], keys: Callable[..., None]) -> None:
    keys(NEW, OLD)
    assert run("--check").splitlines() == [
        f"Key {NEW_ID} (newest): 0 secrets",
        f"Key {OLD_ID} (older): 3 secrets",
        f"No key can be dropped: still used are {NEW_ID}, {OLD_ID}.",
    ]
    assert key_use().counts == {OLD_ID: 3}


@pytest.mark.django_db(transaction=True)
def test_it_waits_for_an_edit_that_is_under_way(
    three: list[Connection], keys: Callable[..., None]
) -> None:
    keys(NEW, OLD)
    edited, resealed = threading.Event(), list[int]()

    def rotate_beside() -> None:
        edited.wait(10)
        try:
            resealed.extend(batch.resealed for batch in rotate())
        finally:
            databases.close_all()

    beside = threading.Thread(target=rotate_beside)
    beside.start()
    with transaction.atomic():
        edits.update(three[0], {"name": "Renamed"})
        edited.set()
        _wait_for_a_waiting(beside)
        edits.store_credential(three[0], NewCredential(secret={"token": "2nd"}, expires_at=None))
    beside.join(10)
    assert resealed == [2]
    assert token_of(three[0]) == "2nd"


def _wait_for_a_waiting(thread: threading.Thread) -> None:
    with databases["default"].cursor() as cursor:
        while thread.is_alive():
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return


def test_tokens_and_the_operators_clients_are_re_encrypted_too(
    three: list[Connection], keys: Callable[..., None]
) -> None:
    stored = Credential.objects.select_related("connection__integration").get(pk=three[0].pk)
    origin = three[0].origin
    stored.seal_tokens({"accessToken": "canary"}, origin=origin)
    stored.save()
    client = OAuthClient(provider="slack", client_id="id")
    client.enter_secret("client-canary")
    client.save()
    keys(NEW, OLD)
    stored.seal(stored.unseal(origin=origin), origin=origin)
    stored.save()  # the tokens alone need the old key
    assert key_use().counts == {NEW_ID: 1, OLD_ID: 4}
    run()
    keys(NEW)
    stored.refresh_from_db()
    assert stored.unseal_tokens(origin=origin)["accessToken"] == "canary"
    assert OAuthClient.objects.get().secret() == "client-canary"


def test_the_secrets_of_channels_are_re_encrypted_too(
    three: list[Connection], keys: Callable[..., None]
) -> None:
    channel = make_channel(three[0].tenant, secrets={"token": "canary"})
    make_channel(three[0].tenant)  # which has none
    keys(NEW, OLD)
    assert key_use().counts == {OLD_ID: 4}
    run()
    keys(NEW)
    assert key_use().counts == {NEW_ID: 4}
    channel.refresh_from_db()
    assert channel.secrets() == {"token": "canary"}


def test_an_operators_client_that_cannot_be_read_is_named_and_stops_nobody(
    three: list[Connection], keys: Callable[..., None]
) -> None:
    client = OAuthClient(provider="slack", client_id="id")
    client.enter_secret("client-canary")
    client.save()
    OAuthClient.objects.update(provider="github")
    keys(NEW, OLD)
    progress = StringIO()
    with pytest.raises(CommandError, match=r"^1 secrets, named above"):
        call_command("rotate_credential_keys", stdout=StringIO(), stderr=progress)
    assert "The OAuth client github cannot be read." in progress.getvalue()
    assert token_of(three[0]) == TOKEN


def test_tables_of_an_older_version_are_left_to_the_migration(
    three: list[Connection], keys: Callable[..., None]
) -> None:
    keys(NEW)
    with databases["default"].cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE credentials (encrypted_secret bytea) ON COMMIT DROP")
    assert run_checks(tags=[Tags.database], databases=["default"]) == []
