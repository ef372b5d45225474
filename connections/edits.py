"""Connections and their credentials: created, changed and deleted, by API and admin alike."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import connection as database
from django.db import transaction
from django.dispatch import Signal
from django.shortcuts import get_object_or_404
from django.utils import timezone

from connections.encryption import DecryptionError
from connections.models import Connection, ConnectionHealth, Consent, Credential
from connections.oauth import storing
from connections.oauth.lifetimes import first_refresh
from connections.oauth.protocol import Tokens
from connections.scheduling import hasten, reschedule, schedule_new
from connections.status import ConnectionStatus
from integrations.oauth2 import OAUTH2
from tenants.models import Tenant

ENTER_AGAIN = "This leads to another host: enter the credential again along with it."

# Sent within the transaction and before the rows go, with `tenant_id` and `connection_ids`, so
# that what lies above this app can take its own rows along.
deleting = Signal()

# What is probed, and when: a change of these drops the check under way and has a new one made.
_PROBED = {"variables", "status", "interval_minutes", "health_check_test_action"}


class IsDisabled(Exception):
    """A disabled connection is neither paused nor resumed: enabling it is an edit."""

    def __init__(self, connection_ids: Collection[UUID]) -> None:
        super().__init__()
        self.connection_ids = connection_ids


class IsNotScheduled(Exception):
    """No check is scheduled for these: they, their integration or their tenant is not active."""

    def __init__(self, connection_ids: Collection[UUID]) -> None:
        super().__init__()
        self.connection_ids = connection_ids


class ExpiryComesWithTokens(Exception):
    """When tokens of OAuth 2 expire is known with each of them, and planned with."""


class HasChanged(Exception):
    """The connection has another host or another secret by now than what was got for it."""


@dataclass(frozen=True, kw_only=True)
class NewCredential:
    """A secret as it was entered, by the scheme of its integration. `expires_at` is None where the
    person does not know."""

    secret: Mapping[str, str] = field(repr=False)
    expires_at: dt.datetime | None


def create(
    tenant: Tenant, fields: Mapping[str, Any], credential: NewCredential | None = None
) -> Connection:
    """Create a connection, which is due at once if it is to be checked."""
    return create_many(tenant, [(fields, credential)])[0]


@transaction.atomic
def create_many(
    tenant: Tenant, wanted: Iterable[tuple[Mapping[str, Any], NewCredential | None]]
) -> Sequence[Connection]:
    """Create connections, each of its fields and its credential; return them in this order.

    All or none, in a fixed number of statements.
    """
    credentials = {Connection(tenant=tenant, **fields): new for fields, new in wanted}
    Connection.objects.bulk_create(credentials)
    Credential.objects.bulk_create(
        [_sealed(connection, new) for connection, new in credentials.items() if new]
    )
    ids = [connection.pk for connection in credentials]
    schedule_new(ids)
    found = Connection.objects.with_health().in_bulk(ids)
    return [found[pk] for pk in ids]


@transaction.atomic
def update(connection: Connection, changes: Mapping[str, Any]) -> Connection:
    """Change a connection; return it as it is now.

    A credential that was entered for another host is deleted: ask `would_strand` before.
    """
    current = _locked(connection)
    origin = current.origin
    changed = {name for name, value in changes.items() if getattr(current, name) != value}
    for name in changed:
        setattr(current, name, changes[name])
    current.save(update_fields=[*changed, "updated_at"])
    moved = current.origin != origin
    if moved:
        Credential.objects.filter(connection=current).delete()
    if _PROBED & changed:
        reschedule([current.pk], forget_failures=moved)
    return _fresh(current)


def pause(connection: Connection) -> Connection:
    """Stop checking. Raises IsDisabled."""
    pause_many([connection.pk])
    return _fresh(connection)


def resume(connection: Connection) -> Connection:
    """Check again, at once. Raises IsDisabled."""
    resume_many([connection.pk])
    return _fresh(connection)


def pause_many(connection_ids: Collection[UUID]) -> None:
    """Stop checking any of these; those that are paused stay so. Raises IsDisabled."""
    _switch(connection_ids, ConnectionStatus.PAUSED)


def resume_many(connection_ids: Collection[UUID]) -> None:
    """Check these again, at once; those that are active go on. Raises IsDisabled."""
    _switch(connection_ids, ConnectionStatus.ACTIVE)


@transaction.atomic
def check_many(connection_ids: Collection[UUID]) -> None:
    """Have the schedule check these at once, at the pace of their integrations' budgets.

    Checks under way go on. Raises IsNotScheduled.
    """
    rows = ConnectionHealth.objects.filter(pk__in=connection_ids).order_by("pk")
    due = dict(rows.select_for_update(no_key=True).values_list("pk", "due_at"))
    if idle := [pk for pk, due_at in due.items() if due_at is None]:
        raise IsNotScheduled(idle)
    hasten(due)


@transaction.atomic
def store_credential(connection: Connection, credential: NewCredential) -> Connection:
    """Store or replace the secret: failures are forgotten, and the next check is due at once.

    So are consents that were started: who enters a secret wants this one.
    """
    current = _locked(connection)
    Consent.objects.filter(connection=current).delete()
    _sealed(current, credential, _credential_of(current)).save()
    reschedule([current.pk], forget_failures=True)
    return _fresh(current)


@transaction.atomic
def store_consent(connection: Connection, tokens: Tokens) -> None:
    """Store the tokens that a person's consent brought, with the same consequences.

    The client that was entered stays. `connection` and its credential are as they were when the
    provider was asked. Raises HasChanged.
    """
    current, origin = _locked(connection), connection.origin
    credential = _credential_of(current)
    if (
        current.origin != origin
        or current.integration.auth["type"] != OAUTH2
        or _entered(credential) != _entered(getattr(connection, "credential", None))
    ):
        raise HasChanged
    if credential is None or credential.kind != OAUTH2:
        nothing = NewCredential(secret={}, expires_at=None)
        credential = _sealed(current, nothing, credential)
    storing.replace_tokens(credential, tokens, origin=origin)
    credential.save()
    reschedule([current.pk], forget_failures=True)


@transaction.atomic
def set_expiry(connection: Connection, expires_at: dt.datetime | None) -> Connection:
    """Note when the stored secret expires; None leaves it to what token and provider tell.

    Where that changes whether it can be used, the next check is due at once. Raises Http404 where
    there is no credential, ExpiryComesWithTokens.
    """
    current = _locked(connection)
    stored = get_object_or_404(Credential, connection=current)
    if stored.kind == OAUTH2:
        raise ExpiryComesWithTokens
    now = timezone.now()
    before = stored.state(now)
    stored.set_expiry(expires_at, None if expires_at else _unsealed(current, stored))
    stored.save(update_fields=["expires_at", "expiry_source", "updated_at"])
    if stored.state(now) is not before:
        rows = ConnectionHealth.objects.filter(pk=current.pk)
        hasten(rows.select_for_update(no_key=True).values_list("pk", flat=True))
    return _fresh(current)


@transaction.atomic
def delete_credential(connection: Connection) -> bool:
    """Delete the secret, and the consents that were started; return whether there was one."""
    current = _locked(connection)
    Consent.objects.filter(connection=current).delete()
    count, _ = Credential.objects.filter(connection=current).delete()
    if count:
        reschedule([current.pk])
    return bool(count)


@transaction.atomic
def delete(tenant_id: UUID, connection_ids: Collection[UUID]) -> None:
    """Delete connections with all that hangs on them. A fixed number of statements."""
    ids = list(connection_ids)
    # In the order of every other writer, else each could wait for the other: first what an edit
    # locks first, in a way that lets a recorder refer to it; then what a recorder holds.
    edited = Connection.objects.filter(pk__in=ids).order_by("pk")
    list(edited.select_for_update(no_key=True).values_list("pk"))
    recorded = ConnectionHealth.objects.filter(pk__in=ids).order_by("pk")
    list(recorded.select_for_update().values_list("pk"))
    deleting.send(sender=None, tenant_id=tenant_id, connection_ids=ids)
    with database.cursor() as cursor:
        for statement in (
            "DELETE FROM connection_health WHERE connection_id = ANY(%s)",
            "DELETE FROM oauth_consents WHERE connection_id = ANY(%s)",
            "DELETE FROM credentials WHERE connection_id = ANY(%s)",
            "DELETE FROM connections WHERE id = ANY(%s)",
        ):
            cursor.execute(statement, [ids])


@transaction.atomic
def _switch(connection_ids: Collection[UUID], status: ConnectionStatus) -> None:
    rows = Connection.objects.filter(pk__in=connection_ids).order_by("pk")
    before = dict(rows.select_for_update(no_key=True).values_list("pk", "status"))
    if disabled := [pk for pk, was in before.items() if was == ConnectionStatus.DISABLED]:
        raise IsDisabled(disabled)
    changed = [pk for pk, was in before.items() if was != status]
    Connection.objects.filter(pk__in=changed).update(status=status, updated_at=timezone.now())
    reschedule(changed)


def _sealed(
    connection: Connection, new: NewCredential, stored: Credential | None = None
) -> Credential:
    """Return a connection's credential with what is new in it. Does not save."""
    credential = stored or Credential(connection=connection, tenant_id=connection.tenant_id)
    credential.kind = connection.integration.auth["type"]
    credential.seal(dict(new.secret), origin=connection.origin)
    credential.set_expiry(new.expires_at, new.secret)
    credential.needs_reauth = False
    credential.reauth_untold_since = None
    credential.encrypted_tokens = credential.refresh_due_at = None
    if credential.kind == OAUTH2:
        _plan_refresh(credential, connection.integration.auth, new)
    return credential


def _plan_refresh(credential: Credential, auth: Mapping[str, Any], new: NewCredential) -> None:
    storing.start_anew(credential)
    credential.refresh_due_at = first_refresh(
        auth, new.secret, expires_at=new.expires_at, now=timezone.now()
    )
    # A client without tokens waits for somebody's consent.
    has_tokens = credential.refresh_due_at is not None or "accessToken" in new.secret
    credential.needs_reauth = not has_tokens


def _credential_of(connection: Connection) -> Credential | None:
    """Return the credential, locked: a refresh can be about to store its tokens."""
    rows = Credential.objects.select_for_update(no_key=True)
    return rows.filter(connection=connection).first()


def _entered(credential: Credential | None) -> bytes | None:
    """Return what tells two secrets that were entered apart; tokens come and go meanwhile."""
    return None if credential is None else bytes(credential.encrypted_secret)


def _unsealed(connection: Connection, stored: Credential) -> Mapping[str, str] | None:
    """Return the secret; None where it cannot be read."""
    try:
        return stored.unseal(origin=connection.origin)
    except DecryptionError:
        return None


def _locked(connection: Connection) -> Connection:
    """Return the row as it is, locked. Raises Http404 if it is gone."""
    rows = Connection.objects.select_related("integration").select_for_update(
        no_key=True, of=("self",)
    )
    return get_object_or_404(rows, pk=connection.pk)


def _fresh(connection: Connection) -> Connection:
    return Connection.objects.with_health().get(pk=connection.pk)
