"""What came of a refresh, written to the credential: by the database's clock, in one statement.

The rows that are handed in are those that may still be written to.
"""

import datetime as dt
import logging
from collections.abc import Callable
from time import monotonic, sleep
from typing import Any

from django.db import InterfaceError, OperationalError
from django.db import connection as database
from django.db.models import F, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from connections.models import Credential
from connections.oauth.lifetimes import next_refresh, pause_after
from connections.oauth.protocol import Failed, Tokens
from connections.status import ExpirySource

log = logging.getLogger(__name__)

_MOST = 600.0  # seconds to store tokens that cannot be had again, while the database is away
_LONGEST_PAUSE = 5.0  # between attempts
_RELEASED: dict[str, Any] = {"refresh_lease_id": None, "refresh_lease_until": None}


def replace_tokens(credential: Credential, tokens: Tokens, *, origin: str) -> None:
    """Put in the tokens of a new consent, and nothing of earlier ones. Does not save."""
    credential.seal_tokens(_sealable(tokens.access_token, tokens.refresh_token), origin=origin)
    credential.stand_alone()  # each consent can be for another account of the same client
    now = timezone.now()
    credential.needs_reauth = False
    credential.reauth_untold_since = None
    credential.expires_at = _after(now, tokens.lifetime)
    credential.expiry_source = ExpirySource.TOKEN if tokens.lifetime else ""
    credential.refresh_due_at = (
        _after(now, next_refresh(tokens.lifetime)) if tokens.refresh_token else None
    )
    start_anew(credential)


def start_anew(credential: Credential) -> None:
    """Let a credential know nothing of the tokens that it had. Does not save."""
    credential.revision += 1
    credential.refresh_failures, credential.refresh_error = 0, ""
    credential.refresh_lease_id = credential.refresh_lease_until = None
    credential.doubted_at = None


def keep_tokens(rows: QuerySet[Credential], credential: Credential, tokens: Tokens) -> bool:
    """Store the tokens of a refresh, and the refresh token that was there where none came; return
    whether they are stored."""
    origin = credential.connection.origin
    former = credential.unseal_tokens(origin=origin)
    refresh_token = tokens.refresh_token or former.get("refreshToken")
    credential.seal_tokens(_sealable(tokens.access_token, refresh_token), origin=origin)

    def store(age: float) -> int:
        came = Now() - dt.timedelta(seconds=age)
        return rows.update(
            encrypted_tokens=credential.encrypted_tokens,
            revision=F("revision") + 1,
            needs_reauth=False,
            expires_at=_after(came, tokens.lifetime),
            expiry_source=ExpirySource.TOKEN if tokens.lifetime else "",
            refresh_due_at=_after(came, next_refresh(tokens.lifetime)),
            refresh_failures=0,
            refresh_error="",
            **_RELEASED,
        )

    return _persistently(store)


def ask_for_a_person(rows: QuerySet[Credential], credential: Credential) -> bool:
    """Store that the provider gives no more tokens; return whether it was not too late for that.

    Says so once: a row that needs a person is refreshed no more.
    """
    changed = rows.update(
        needs_reauth=True, reauth_untold_since=Now(), refresh_due_at=None, **_RELEASED
    )
    if changed:
        log.warning(
            "Connection %s must be authorised again: its provider gives no more tokens",
            credential.pk,
        )
    return bool(changed)


def note_failure(rows: QuerySet[Credential], credential: Credential, failed: Failed) -> None:
    """Store that no tokens came, and when to ask again."""
    failures = min(credential.refresh_failures + 1, 1000)
    pause = dt.timedelta(seconds=pause_after(failures, failed.retry_after))
    rows.update(
        refresh_failures=failures,
        refresh_error=failed.code,
        refresh_due_at=Now() + pause,
        **_RELEASED,
    )
    log.warning("The tokens of connection %s were not refreshed: %s", credential.pk, failed.code)


def _persistently(update: Callable[[float], int]) -> bool:
    """Run an update until the database is there, for minutes; return whether it changed a row.

    It is told for how many seconds it has been tried.
    """
    began, pause = monotonic(), 0.5
    while True:
        try:
            return bool(update(monotonic() - began))
        except (OperationalError, InterfaceError):
            if monotonic() - began > _MOST:
                raise
            database.close()
            sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)


def _sealable(access_token: str, refresh_token: str | None) -> dict[str, str]:
    tokens = {"accessToken": access_token}
    return tokens | ({"refreshToken": refresh_token} if refresh_token else {})


def _after(moment: Any, seconds: float | None) -> Any:
    """Return a moment, or the database's, so many seconds later; None where nobody knows."""
    return None if seconds is None else moment + dt.timedelta(seconds=seconds)
