"""Secrets at rest: AES-256-GCM, bound to the row and field that they belong to.

A blob is: version (1 byte), key id (4), nonce (12), ciphertext with tag. The key id is the start
of the key's SHA-256, so any of the keys in CREDENTIAL_KEYS is found without trying each.
"""

import hashlib
import hmac
import json
import os
from collections.abc import Iterator, Mapping
from functools import lru_cache
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from connections.redaction import remember

TOKENS = "tokens"  # the field of a credential that is not entered

_VERSION = b"\x01"
_KEY_ID_BYTES = 4
_NONCE_BYTES = 12  # the size that NIST SP 800-38D recommends for GCM
_ACCOUNT_BYTES = 16
MARK_BYTES = len(_VERSION) + _KEY_ID_BYTES  # which key a blob needs is told by its first bytes


class DecryptionError(Exception):
    """A stored secret cannot be read."""


class KeyUnknown(DecryptionError):
    """The secret's key is not among CREDENTIAL_KEYS: the operator's fault, not the tenant's."""


class SecretMoved(DecryptionError):
    """The secret was changed, or belongs to another row or to another host."""


class Secret(Mapping[str, str]):
    """The fields of a credential's secret. Neither `repr` nor `str` shows a value."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        self._fields = dict(fields)

    def __getitem__(self, name: str) -> str:
        return self._fields[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def __repr__(self) -> str:
        return f"Secret({', '.join(f'{name}=…' for name in self._fields)})"


def seal(
    secret: Mapping[str, str], *, connection_id: UUID, origin: str, field: str = "secret"
) -> bytes:
    """Return `secret` encrypted, to be read for this connection and host, from this field alone."""
    return encrypt(secret, place=_place(connection_id, origin, field))


def unseal(blob: bytes, *, connection_id: UUID, origin: str, field: str = "secret") -> Secret:
    """Return the secret in `blob`. Raises KeyUnknown; SecretMoved where it was entered for
    another connection or another host."""
    return decrypt(blob, place=_place(connection_id, origin, field))


def encrypt(secret: Mapping[str, str], *, place: str) -> bytes:
    """Return `secret` encrypted with the newest key, to be read in this place alone."""
    key = settings.CREDENTIAL_KEYS[0]
    nonce = os.urandom(_NONCE_BYTES)
    plain = json.dumps(dict(secret)).encode()
    sealed = AESGCM(key).encrypt(nonce, plain, place.encode())
    return mark(key) + nonce + sealed


def decrypt(blob: bytes, *, place: str) -> Secret:
    """Return the secret in `blob`. Raises KeyUnknown; SecretMoved where its place is another."""
    cipher = _ciphers(tuple(settings.CREDENTIAL_KEYS)).get(blob[:MARK_BYTES])
    if cipher is None:
        raise KeyUnknown("The key of this secret is not among CREDENTIAL_KEYS.")
    start = MARK_BYTES + _NONCE_BYTES
    nonce, sealed = blob[MARK_BYTES:start], blob[start:]
    try:
        plain = cipher.decrypt(nonce, sealed, place.encode())
    except (InvalidTag, ValueError):  # the latter: a blob that was cut
        raise SecretMoved("This secret was changed, or entered for another host.") from None
    secret = Secret(json.loads(plain))
    remember(secret.values())
    return secret


def account_of(secret: Mapping[str, str], *, tenant_id: UUID, origin: str) -> bytes:
    """Return what is the same for all credentials of a tenant with this secret and host, and
    tells nothing of either without the newest key."""
    key = hmac.digest(settings.CREDENTIAL_KEYS[0], b"credentials.account", "sha256")
    content = json.dumps([str(tenant_id), origin, sorted(secret.items())]).encode()
    return hmac.digest(key, content, "sha256")[:_ACCOUNT_BYTES]


def mark(key: bytes) -> bytes:
    """Return what every blob begins with that was sealed with `key`."""
    return _VERSION + key_id(key)


def key_id(key: bytes) -> bytes:
    return hashlib.sha256(key).digest()[:_KEY_ID_BYTES]


@lru_cache(maxsize=4)
def _ciphers(keys: tuple[bytes, ...]) -> Mapping[bytes, AESGCM]:
    return {mark(key): AESGCM(key) for key in keys}


def _place(connection_id: UUID, origin: str, field: str) -> str:
    return f"credentials.{field}:{connection_id}:{origin}"
