"""Every credential re-encrypted with the newest of CREDENTIAL_KEYS, while probes go on."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import BinaryField, Count
from django.db.models.functions import Substr

from connections.encryption import MARK_BYTES, DecryptionError, mark, unseal
from connections.models import Connection, Credential

BATCH = 200  # credentials locked at once, for some milliseconds: an edit of one waits that long
_FIRST = UUID(int=0)
_KEY_USED = Substr("encrypted_secret", 1, MARK_BYTES, output_field=BinaryField())
_KEY_USED_THERE = Substr("credential__encrypted_secret", 1, MARK_BYTES, output_field=BinaryField())


@dataclass(frozen=True, kw_only=True)
class KeyUse:
    """How many credentials need each key, by its id; and which ids CREDENTIAL_KEYS has."""

    counts: Mapping[str, int]
    newest: str
    older: Sequence[str]

    @property
    def outdated(self) -> int:
        return sum(self.counts.get(key, 0) for key in self.older)

    @property
    def droppable(self) -> list[str]:
        return [key for key in self.older if not self.counts.get(key)]

    @property
    def lacking(self) -> dict[str, int]:
        """The credentials that need a key that CREDENTIAL_KEYS lacks, by its id."""
        known = {self.newest, *self.older}
        return {key: count for key, count in self.counts.items() if key not in known}


@dataclass(frozen=True, kw_only=True)
class Batch:
    """What became of some credentials. `unreadable` are the connections of those that were
    changed in the database, or belong to another connection or host."""

    resealed: int
    unreadable: Sequence[UUID]


def key_use() -> KeyUse:
    """Return which keys are needed now. One scan of the credentials."""
    rows = Credential.objects.annotate(key=_KEY_USED).values_list("key")
    counts = Counter({_id(key): count for key, count in rows.annotate(count=Count("*"))})
    newest, *older = (_id(mark(key)) for key in settings.CREDENTIAL_KEYS)
    return KeyUse(counts=counts, newest=newest, older=older)


def rotate() -> Iterator[Batch]:
    """Re-encrypt what an older key encrypted, each batch in a transaction of its own.

    What is done stays done: stopped half-way and started again, it goes on.
    """
    older = [mark(key) for key in settings.CREDENTIAL_KEYS[1:]]
    after = _FIRST
    while True:
        with transaction.atomic():
            ids = _lock(older, after)
            batch = _reseal(older, ids)
        if not ids:
            return
        after = ids[-1]
        yield batch


def _lock(older: Collection[bytes], after: UUID) -> list[UUID]:
    """Lock the next connections as an edit does, in the order of their ids; return these."""
    rows = Connection.objects.alias(key=_KEY_USED_THERE).filter(key__in=older, pk__gt=after)
    locked = rows.order_by("pk").select_for_update(no_key=True, of=("self",))
    return list(locked.values_list("pk", flat=True)[:BATCH])


def _reseal(older: Collection[bytes], connection_ids: Collection[UUID]) -> Batch:
    """Re-encrypt those that still have an older key now that nobody else can change them."""
    rows = Credential.objects.alias(key=_KEY_USED).filter(key__in=older, pk__in=connection_ids)
    locked = (
        rows.select_related("connection__integration")
        .order_by("pk")
        .select_for_update(no_key=True, of=("self",))
    )
    resealed, unreadable = [], []
    for credential in locked:
        origin = credential.connection.origin
        blob = bytes(credential.encrypted_secret)
        try:
            secret = unseal(blob, connection_id=credential.pk, origin=origin)
        except DecryptionError:
            unreadable.append(credential.pk)
            continue
        credential.seal(secret, origin=origin)
        resealed.append(credential)
    Credential.objects.bulk_update(resealed, ["encrypted_secret", "account"])
    return Batch(resealed=len(resealed), unreadable=unreadable)


def _id(key_used: bytes) -> str:
    """Return a key's id as people read it: without the version of the blob."""
    return bytes(key_used)[1:].hex()
