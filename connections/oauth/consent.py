"""Consent of a person at their provider (RFC 6749, 4.1, with PKCE, RFC 7636), from start to tokens.

The state is known to whoever was sent to the provider and, as a hash, to one row, which is good
for ten minutes and for one use. Started in a browser's session, only that session can finish it;
started with an API key, whoever has the state can.
"""

import datetime as dt
import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.db.models import TextChoices
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone

from connections import edits
from connections.encryption import DecryptionError, decrypt, encrypt
from connections.models import Connection, Consent, Credential
from connections.oauth.asking import ask, fill_url
from connections.oauth.clients import client_of
from connections.oauth.protocol import (
    Client,
    Failed,
    Invitation,
    Refused,
    Tokens,
    code_body,
    invitation,
)
from connections.waiting import TooManyWait, waiting
from integrations.oauth2 import AUTHORIZATION_CODE
from integrations.templates import VariableMissing
from tenants.row_security import for_all_tenants, for_tenant

log = logging.getLogger(__name__)

CALLBACK = "/api/v1/oauth/callback"
CONNECTED = "The connection has new tokens and is checked at once."
LIFE = dt.timedelta(minutes=10)
_MOST_PENDING = 10  # of a connection; older ones are forgotten


class CannotConsent(Exception):
    """Nothing can be consented to here. The text is for the person who asked."""


class WhyNot(TextChoices):
    """Why a consent came to nothing: a word for programs, and a text for the person."""

    UNKNOWN = (
        "unknown",
        "This consent is unknown, was used already, or took too long, or the connection's"
        " credential was changed meanwhile. Start again.",
    )
    ELSEWHERE = (
        "elsewhere",
        "This consent was started in another browser, or before you signed in again."
        " Go on there, or start again here.",
    )
    DENIED = "denied", "The provider did not give its consent. It was denied."
    NOT_GIVEN = "not_given", "The provider did not give its consent."
    REFUSED = "refused", "The provider gave no tokens: it refused the code. Start again."
    FAILED = (
        "failed",
        "The provider gave no tokens: it has trouble, or refused our client. Try again later.",
    )
    CHANGED = "changed", "The connection was changed meanwhile. Start again."


class NotConnected(Exception):
    """A consent came to nothing, and nothing was changed. `return_to` is where the person came
    from, as far as that is known."""

    return_to = ""

    def __init__(self, why: WhyNot) -> None:
        super().__init__(why.label)
        self.why = why


@dataclass(frozen=True, kw_only=True)
class Started:
    """Where to send the person, until when."""

    authorization_url: str
    expires_at: dt.datetime


def redirect_uri() -> str:
    """Return where providers send people back to; it must be registered with each client."""
    return f"{settings.PUBLIC_URL}{CALLBACK}"


def start(connection: Connection, *, session_key: str | None, return_to: str = "") -> Started:
    """Begin a consent. `session_key` is the browser's session, None for an API key; `return_to` is
    the path of Vitals that the person comes back to. Raises CannotConsent, Http404."""
    asked = invite(connection)
    consent = Consent(
        tenant_id=connection.tenant_id,
        connection=connection,
        state_hash=_hash(asked.state),
        session_hash=_hash(session_key) if session_key else None,
        return_to=return_to,
        expires_at=timezone.now() + LIFE,
    )
    consent.encrypted_verifier = encrypt({"verifier": asked.verifier}, place=_place(consent))
    with transaction.atomic():
        # Whoever deletes the connection meanwhile must find this consent, or be found.
        rows = Connection.objects.select_for_update(no_key=True)
        get_object_or_404(rows, pk=connection.pk)
        _forget_superfluous(connection)
        consent.save()
    return Started(authorization_url=asked.url, expires_at=consent.expires_at)


def invite(connection: Connection) -> Invitation:
    """Return how to ask for consent to this connection. Raises CannotConsent."""
    auth = connection.integration.auth
    if auth.get("grantType") != AUTHORIZATION_CODE:
        raise CannotConsent(
            "Nobody consents for this integration: its auth has no grant authorization_code."
        )
    client = _client(connection)
    try:
        return invitation(
            fill_url(auth["authorizeUrl"], connection.variables),
            client_id=client.id,
            redirect_uri=redirect_uri(),
            scopes=auth.get("scopes", ()),
        )
    except VariableMissing as missing:
        raise CannotConsent(
            f"The connection has no variable {missing.name} that can stand there."
        ) from None


def finish(answer: Mapping[str, str], *, session_key: str | None) -> Consent:
    """Take what a provider sent a person back with, and store the tokens that it gives for that.

    Return the consent that was given. Holds no transaction while it asks. Raises NotConnected, and
    TooManyWait, which leaves the consent as it is.
    """
    consent = _pending(answer.get("state", ""), session_key)
    with waiting.place(consent.tenant_id) as has_place:
        if not has_place:
            raise TooManyWait
        try:
            _take(consent, _use_up(consent), answer)
        except NotConnected as reason:
            reason.return_to = consent.return_to
            raise
    return consent


def _take(consent: Consent, connection: Connection, answer: Mapping[str, str]) -> None:
    if "error" in answer or not answer.get("code"):
        denied = answer.get("error") == "access_denied"
        raise NotConnected(WhyNot.DENIED if denied else WhyNot.NOT_GIVEN)
    with for_tenant(consent.tenant_id):
        try:
            client = _client(connection)
            verifier = decrypt(bytes(consent.encrypted_verifier), place=_place(consent))["verifier"]
        except (CannotConsent, DecryptionError):
            raise NotConnected(WhyNot.CHANGED) from None
    outcome = _exchange(connection, client, code=answer["code"], verifier=verifier)
    with for_tenant(consent.tenant_id):
        try:
            edits.store_consent(connection, outcome)
        except (edits.HasChanged, Http404):
            raise NotConnected(WhyNot.CHANGED) from None


def _exchange(connection: Connection, client: Client, *, code: str, verifier: str) -> Tokens:
    """Return what the provider gives for a code. Raises NotConnected."""
    body = code_body(client, code=code, redirect_uri=redirect_uri(), verifier=verifier)
    try:
        outcome = ask(connection.integration, connection.variables, client, body)
    except VariableMissing:
        raise NotConnected(WhyNot.CHANGED) from None
    if isinstance(outcome, Tokens):
        return outcome
    log.warning("A consent for connection %s brought no tokens: %s", connection.pk, outcome)
    raise NotConnected(_WHY_NO_TOKENS[type(outcome)])


def forget_old() -> None:
    """Delete the consents that nobody gave in time."""
    Consent.objects.filter(expires_at__lt=timezone.now() - LIFE).delete()


_WHY_NO_TOKENS = {Refused: WhyNot.REFUSED, Failed: WhyNot.FAILED}


def _pending(state: str, session_key: str | None) -> Consent:
    """Return the consent of a state. Raises NotConnected."""
    with for_all_tenants():
        rows = Consent.objects.filter(state_hash=_hash(state), expires_at__gt=timezone.now())
        found = rows.first()
    if found is None:
        raise NotConnected(WhyNot.UNKNOWN)
    bound_to = found.session_hash
    if bound_to is not None and bytes(bound_to) != _hash(session_key or ""):
        raise NotConnected(WhyNot.ELSEWHERE)
    return found


def _use_up(consent: Consent) -> Connection:
    """Let nobody else use a consent; return its connection as it is then, with its credential.

    In one transaction: whoever changes the credential, which ends the consents, comes before or
    after. Raises NotConnected.
    """
    with for_tenant(consent.tenant_id):
        deleted, _ = Consent.objects.filter(pk=consent.pk).delete()
        connection = Connection.objects.with_health().filter(pk=consent.connection_id).first()
    if not deleted or connection is None:
        raise NotConnected(WhyNot.UNKNOWN)
    return connection


def _client(connection: Connection) -> Client:
    try:
        client = client_of(connection.integration, entered(connection))
    except DecryptionError:
        client = None
    if client is None:
        raise CannotConsent(
            "There is no OAuth client: store one's clientId and clientSecret as the credential,"
            " or have the operator set one for this provider."
        )
    return client


def entered(connection: Connection) -> Mapping[str, str]:
    """Return the secret that was entered for a connection as it is now; empty: none was."""
    stored: Credential | None = getattr(connection, "credential", None)
    if stored is None or stored.kind != connection.integration.auth["type"]:
        return {}
    return stored.unseal(origin=connection.origin)


def _forget_superfluous(connection: Connection) -> None:
    latest = Consent.objects.filter(connection=connection).order_by("-created_at")
    kept = latest.values_list("pk", flat=True)[: _MOST_PENDING - 1]
    Consent.objects.filter(connection=connection).exclude(pk__in=list(kept)).delete()


def _place(consent: Consent) -> str:
    """Where alone a verifier can be read: what it leads to are secrets for these hosts."""
    return f"oauth_consents.verifier:{consent.pk}:{consent.connection.origin}"


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
