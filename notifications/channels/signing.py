"""Signatures of the Standard Webhooks scheme, version 1.0.0 (standardwebhooks.com)."""

from __future__ import annotations

import base64
import datetime as dt
import hmac
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field

_PREFIX = "whsec_"
_BYTES = 32  # of a secret; the scheme wants 24 to 64


@dataclass(frozen=True, kw_only=True)
class Key:
    """A secret as the receiver enters it, and when it ends: None while it is the newest."""

    secret: str = field(repr=False)
    until: dt.datetime | None


@dataclass(frozen=True, kw_only=True)
class Keys:
    """The secrets that sign, newest first: more than one while an old one is phased out."""

    keys: Sequence[Key]

    @classmethod
    def fresh(cls) -> Keys:
        secret = _PREFIX + base64.b64encode(secrets.token_bytes(_BYTES)).decode()
        return cls(keys=[Key(secret=secret, until=None)])

    @classmethod
    def load(cls, stored: str) -> Keys:
        return cls(
            keys=[Key(secret=secret, until=_moment(end)) for secret, end in json.loads(stored)]
        )

    def dump(self) -> str:
        ends = [(key.secret, key.until.isoformat() if key.until else None) for key in self.keys]
        return json.dumps(ends)

    @property
    def newest(self) -> str:
        return self.keys[0].secret

    def rotate(self, *, now: dt.datetime, overlap: dt.timedelta) -> Keys:
        """Return these with a new one; the newest so far goes on for `overlap`, older ones end."""
        last = Key(secret=self.newest, until=now + overlap)
        return Keys(keys=[*Keys.fresh().keys, last])

    def sign(self, message_id: str, *, body: bytes, now: dt.datetime) -> dict[str, str]:
        """Return the headers of a message that is sent now."""
        timestamp = str(int(now.timestamp()))
        signed = f"{message_id}.{timestamp}.".encode() + body
        valid = [key for key in self.keys if key.until is None or now < key.until]
        return {
            "webhook-id": message_id,
            "webhook-timestamp": timestamp,
            "webhook-signature": " ".join(_signature(key.secret, signed) for key in valid),
        }


def _signature(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(_PREFIX))
    return "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode()


def _moment(text: str | None) -> dt.datetime | None:
    return dt.datetime.fromisoformat(text) if text else None
