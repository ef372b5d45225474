"""Which credentials are one account at their provider, whenever they were stored."""

import secrets
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps

from connections.models import Connection, Credential
from connections.oauth.protocol import Tokens
from connections.oauth.storing import replace_tokens
from connections.rotation import rotate
from tests.factories import make_connection, make_integration, make_tenant

migration = import_module("connections.migrations.0006_accounts_of_before")

pytestmark = pytest.mark.django_db


def upgrade() -> None:
    migration.find_accounts(apps, None)


def account(connection: Connection) -> bytes | None:
    stored = Credential.objects.get(pk=connection.pk).account
    return bytes(stored) if stored else None


def forget_accounts() -> None:
    Credential.objects.update(account=None)


@pytest.fixture
def two() -> list[Connection]:
    """Connections with one token."""
    integration = make_integration(make_tenant())
    return [make_connection(integration, name) for name in ("One", "Two")]


def consent_to(connection: Connection) -> None:
    stored = Credential.objects.select_related("connection__integration").get(pk=connection.pk)
    tokens = Tokens(access_token="access-1", refresh_token="refresh-1", lifetime=3600)
    replace_tokens(stored, tokens, origin=connection.origin)
    stored.save()


def test_after_the_upgrade_those_stored_before_are_one_account_with_newer_ones(
    two: list[Connection], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migration, "BATCH", 1)
    forget_accounts()
    stranger = make_connection(two[0].integration, "Stranger", token="another-token")
    upgrade()
    newer = make_connection(two[0].integration, "Newer")
    assert {account(connection) for connection in two} == {account(newer)}
    assert account(newer) not in {None, account(stranger)}


def test_one_whose_key_is_missing_gets_its_account_when_it_can_be_read(
    two: list[Connection], settings: Any
) -> None:
    forget_accounts()
    [old], new = settings.CREDENTIAL_KEYS, secrets.token_bytes(32)
    settings.CREDENTIAL_KEYS = [new]
    upgrade()
    assert account(two[0]) is None
    settings.CREDENTIAL_KEYS = [new, old]
    list(rotate())
    newer = make_connection(two[0].integration, "Newer")
    assert {account(connection) for connection in two} == {account(newer)}


def test_each_consent_is_an_account_of_its_own_through_upgrade_and_rotation(
    two: list[Connection], settings: Any
) -> None:
    for connection in two:
        consent_to(connection)
    apart = {account(connection) for connection in two}
    assert len(apart - {None}) == 2
    forget_accounts()
    upgrade()
    settings.CREDENTIAL_KEYS = [secrets.token_bytes(32), *settings.CREDENTIAL_KEYS]
    list(rotate())
    assert {account(connection) for connection in two} == apart
