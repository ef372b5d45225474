"""A new access token, fetched by one process while all others wait for it.

Whoever takes the row's lease makes the call, with no transaction held across it, and stores what
came before anybody uses it. The row's revision decides what is stored, the lease only who calls:
an answer that comes late still counts, unless the credential has been replaced meanwhile. Where a
process dies between answer and commit the next refresh is refused, and a person must help.
"""

import datetime as dt
import logging
from dataclasses import dataclass, field
from time import monotonic, sleep
from uuid import UUID

from django.db import connection as database
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from api.ids import new_id
from connections.encryption import KeyUnknown, Secret, SecretMoved
from connections.models import Credential
from connections.oauth import storing
from connections.oauth.asking import DEADLINE, ask
from connections.oauth.clients import client_of
from connections.oauth.protocol import Failed, Refused, Tokens, client_body, refresh_body
from egress.failures import TransportError
from integrations.oauth2 import CLIENT_CREDENTIALS
from integrations.templates import VariableMissing
from tenants.row_security import for_all_tenants

log = logging.getLogger(__name__)

LEASE = dt.timedelta(seconds=2 * DEADLINE)  # a call that lasts longer did not heed its deadline
PARAMETER_MISSING = "parameter_missing"  # a URL has a variable without a value
CLIENT_MISSING = "oauth_client_missing"  # nobody has set one, or the operator's is away
_POLL = 0.1  # seconds between looks at the row


@dataclass(frozen=True, kw_only=True)
class Renewed:
    """The access token to use, as a secret of OAuth 2."""

    secret: Secret = field(repr=False)
    expires_at: dt.datetime | None


@dataclass(frozen=True, kw_only=True)
class _Row:
    """A credential as it is now. `due`: its time has come; `busy`: somebody has the lease."""

    credential: Credential
    due: bool
    busy: bool

    @property
    def resting(self) -> bool:
        """Whether it failed lately, and is not tried again yet."""
        return self.credential.refresh_failures > 0 and not self.due


def renew(connection_id: UUID, *, revision: int, until: float) -> Renewed | Refused | Failed:
    """Return an access token that came after that of `revision`; wait for whoever is about it.

    `until` is a moment of `monotonic`: no call is begun that might not have ended by then. Holds
    no transaction. Raises KeyUnknown.
    """
    with for_all_tenants():
        while monotonic() < until - DEADLINE:
            row = _look(connection_id)
            if row is None:
                return Refused()
            if row.credential.revision != revision:
                if (found := _token_of(row.credential)) is not None:
                    return found
                revision = row.credential.revision
            if row.resting:
                return Failed(code=row.credential.refresh_error)
            if not row.busy and (lease := _take(row.credential)):
                return _fetch(row.credential, lease)
            sleep(_POLL)
        return Failed(code=TransportError.TIMEOUT)


def refresh_if_due(connection_id: UUID) -> None:
    """Renew the tokens of a connection whose time has come, unless somebody is about it."""
    with for_all_tenants():
        row = _look(connection_id)
        if row and row.due and not row.busy and (lease := _take(row.credential)):
            _fetch(row.credential, lease)


def _look(connection_id: UUID) -> _Row | None:
    """Return the row; None where nothing can be refreshed. One query."""
    rows = Credential.objects.select_related("connection__integration")
    found = rows.annotate(now=Now()).filter(pk=connection_id, refresh_due_at__isnull=False).first()
    if found is None:
        return None
    held_until = found.refresh_lease_until if found.refresh_lease_id else None
    return _Row(
        credential=found,
        due=found.refresh_due_at is not None and found.refresh_due_at <= found.now,
        busy=held_until is not None and held_until > found.now,
    )


def _take(credential: Credential) -> UUID | None:
    """Take the lease of a row that is still as it was seen; return its id, or None."""
    lease = new_id()
    seen = _still(credential).filter(refresh_failures=credential.refresh_failures)
    free = Q(refresh_lease_id=None) | Q(refresh_lease_until__lt=Now())
    taken = seen.filter(free, refresh_due_at__isnull=False).update(
        refresh_lease_id=lease, refresh_lease_until=Now() + LEASE
    )
    return lease if taken else None


def _fetch(credential: Credential, lease: UUID) -> Renewed | Refused | Failed:
    """Make the call that the lease is for, store what came of it, and return that."""
    outcome = _ask(credential)
    rows = _still(credential)
    match outcome:
        case Failed():
            storing.note_failure(rows.filter(refresh_lease_id=lease), credential, outcome)
            return outcome
        case Refused() if storing.ask_for_a_person(rows, credential):
            return outcome
        case Tokens():
            storing.keep_tokens(rows, credential, outcome)
    # What is stored now counts: others may have been there first.
    now = Credential.objects.select_related("connection__integration").filter(pk=credential.pk)
    found = now.first()
    return (found and _token_of(found)) or Refused()


def _ask(credential: Credential) -> Tokens | Refused | Failed:
    connection = credential.connection
    auth, origin = connection.integration.auth, connection.origin
    try:
        tokens = credential.unseal_tokens(origin=origin)
        client = client_of(connection.integration, credential.unseal(origin=origin))
        if client is None:
            return Failed(code=CLIENT_MISSING)
        if auth["grantType"] == CLIENT_CREDENTIALS:
            body = client_body(client, auth.get("scopes", ()))
        else:
            body = refresh_body(client, tokens["refreshToken"])
        _let_go_of_the_database()
        return ask(connection.integration, connection.variables, client, body)
    except (SecretMoved, KeyError):
        return Refused()  # it was entered for another host, or for another grant
    except VariableMissing:
        return Failed(code=PARAMETER_MISSING)
    except KeyUnknown:
        log.error("A key is not among CREDENTIAL_KEYS that connection %s needs", credential.pk)
        return Failed(code=TransportError.INTERNAL)


def _let_go_of_the_database() -> None:
    """Many can wait for token endpoints that hang: more than the database has connections."""
    if not database.in_atomic_block:
        database.close()


def _token_of(credential: Credential) -> Renewed | None:
    """Return the access token that a row has; None where it has none. Raises DecryptionError."""
    tokens = credential.unseal_tokens(origin=credential.connection.origin)
    if credential.needs_reauth or "accessToken" not in tokens:
        return None
    token = Secret({"accessToken": tokens["accessToken"]})
    return Renewed(secret=token, expires_at=credential.expires_at)


def _still(credential: Credential) -> QuerySet[Credential]:
    """Return the row, while it has the secret and the tokens that were seen."""
    return Credential.objects.filter(
        pk=credential.pk, created_at=credential.created_at, revision=credential.revision
    )
