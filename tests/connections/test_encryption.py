import secrets
from typing import Any
from uuid import UUID

import pytest

from api.ids import new_id
from connections.encryption import KeyUnknown, Secret, SecretMoved, account_of, seal, unseal

ORIGIN = "https://acme.example.com"
FIELDS = {"username": "alice", "password": "pässword ☃"}


@pytest.fixture
def connection_id() -> UUID:
    return new_id()


def test_what_was_sealed_can_be_unsealed(connection_id: UUID) -> None:
    blob = seal(FIELDS, connection_id=connection_id, origin=ORIGIN)
    assert dict(unseal(blob, connection_id=connection_id, origin=ORIGIN)) == FIELDS
    assert b"alice" not in blob


def test_the_same_secret_never_looks_the_same(connection_id: UUID) -> None:
    blobs = {seal(FIELDS, connection_id=connection_id, origin=ORIGIN) for _ in range(10)}
    assert len(blobs) == 10


def test_a_secret_moved_to_another_row_or_host_is_refused(connection_id: UUID) -> None:
    blob = seal(FIELDS, connection_id=connection_id, origin=ORIGIN)
    with pytest.raises(SecretMoved):
        unseal(blob, connection_id=new_id(), origin=ORIGIN)
    with pytest.raises(SecretMoved):
        unseal(blob, connection_id=connection_id, origin="https://evil.example.com")


def test_a_changed_secret_is_refused(connection_id: UUID) -> None:
    blob = bytearray(seal(FIELDS, connection_id=connection_id, origin=ORIGIN))
    blob[-1] ^= 1
    with pytest.raises(SecretMoved):
        unseal(bytes(blob), connection_id=connection_id, origin=ORIGIN)


def test_keys_can_be_rotated(connection_id: UUID, settings: Any) -> None:
    old, new = secrets.token_bytes(32), secrets.token_bytes(32)
    settings.CREDENTIAL_KEYS = [old]
    blob = seal(FIELDS, connection_id=connection_id, origin=ORIGIN)
    settings.CREDENTIAL_KEYS = [new, old]
    assert dict(unseal(blob, connection_id=connection_id, origin=ORIGIN)) == FIELDS
    newest = seal(FIELDS, connection_id=connection_id, origin=ORIGIN)
    settings.CREDENTIAL_KEYS = [new]
    assert dict(unseal(newest, connection_id=connection_id, origin=ORIGIN)) == FIELDS
    with pytest.raises(KeyUnknown):
        unseal(blob, connection_id=connection_id, origin=ORIGIN)


def test_one_account_is_one_secret_of_one_tenant_at_one_host(settings: Any) -> None:
    tenant_id = new_id()
    account = account_of(FIELDS, tenant_id=tenant_id, origin=ORIGIN)
    turned = dict(reversed(FIELDS.items()))
    assert account_of(turned, tenant_id=tenant_id, origin=ORIGIN) == account
    others = {
        account_of(FIELDS | {"username": "bob"}, tenant_id=tenant_id, origin=ORIGIN),
        account_of(FIELDS, tenant_id=new_id(), origin=ORIGIN),
        account_of(FIELDS, tenant_id=tenant_id, origin="https://other.example.com"),
    }
    settings.CREDENTIAL_KEYS = [secrets.token_bytes(32)]
    others.add(account_of(FIELDS, tenant_id=tenant_id, origin=ORIGIN))
    assert len(others - {account}) == 4


def test_a_secret_does_not_show_itself() -> None:
    secret = Secret(FIELDS)
    assert "alice" not in repr(secret) + str(secret) + f"{secret}"
    assert repr(secret) == "Secret(username=…, password=…)"
