"""Every credential re-encrypted with the newest of CREDENTIAL_KEYS, while probes go on."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import BinaryField, Count, Model, Q
from django.db.models.functions import Substr
from django.db.models.lookups import In

from connections.encryption import MARK_BYTES, DecryptionError, mark
from connections.models import Connection, Credential, OAuthClient

BATCH = 200  # credentials locked at once, for some milliseconds: an edit of one waits that long
_FIRST = UUID(int=0)
_SECRET, _TOKENS = "encrypted_secret", "encrypted_tokens"
_OF_CREDENTIALS = ((Credential, _SECRET), (Credential, _TOKENS))
# Rows beside the connections' that hold secrets, and the column. They are few, have a `reseal`, and
# apps above this one add their own.
ALSO_SEALED: list[tuple[type[Model], str]] = [(OAuthClient, _SECRET)]


def _key_used(column: str) -> Substr:
    return Substr(column, 1, MARK_BYTES, output_field=BinaryField())


@dataclass(frozen=True, kw_only=True)
class KeyUse:
    """How many secrets need each key, by its id; and which ids CREDENTIAL_KEYS has. Tokens that a
    provider gave are secrets beside the one that was entered."""

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
    """What became of some secrets. `unreadable` names those that were changed in the database, or
    belong to another row or host."""

    resealed: int
    unreadable: Sequence[str]


def places() -> Sequence[tuple[type[Model], str]]:
    """Return every column that holds secrets, with its model."""
    return (*_OF_CREDENTIALS, *ALSO_SEALED)


def key_use() -> KeyUse:
    """Return which keys are needed now. A scan for each column that holds secrets."""
    counts: Counter[str] = Counter()
    for model, column in places():
        rows = model._default_manager.exclude(**{column: None}).annotate(key=_key_used(column))
        for key, count in rows.values_list("key").annotate(count=Count("*")):
            counts[_id(key)] += count
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
            break
        after = ids[-1]
        yield batch
    for model, column in ALSO_SEALED:
        others = _reseal_all(model, column, older)
        if others.resealed or others.unreadable:
            yield others


def _lock(older: Collection[bytes], after: UUID) -> list[UUID]:
    """Lock the next connections as an edit does, in the order of their ids; return these."""
    rows = Connection.objects.filter(_sealed_with(older, "credential__"), pk__gt=after)
    locked = rows.order_by("pk").select_for_update(no_key=True, of=("self",))
    return list(locked.values_list("pk", flat=True)[:BATCH])


def _reseal(older: Collection[bytes], connection_ids: Collection[UUID]) -> Batch:
    """Re-encrypt those that still have an older key now that nobody else can change them."""
    rows = Credential.objects.filter(_sealed_with(older), pk__in=connection_ids)
    locked = (
        rows.select_related("connection__integration")
        .order_by("pk")
        .select_for_update(no_key=True, of=("self",))
    )
    resealed, unreadable, count = [], [], 0
    for credential in locked:
        origin = credential.connection.origin
        had_tokens, alone = credential.encrypted_tokens is not None, credential.stands_alone
        blobs = (credential.encrypted_secret, credential.encrypted_tokens)
        outdated = sum(bytes(blob)[:MARK_BYTES] in older for blob in blobs if blob is not None)
        try:
            secret = credential.unseal(origin=origin)
            tokens = credential.unseal_tokens(origin=origin)
        except DecryptionError:
            unreadable.append(f"credential of connection {credential.pk}")
            continue
        credential.seal(secret, origin=origin)
        if had_tokens:
            credential.seal_tokens(tokens, origin=origin)
        if alone:
            credential.stand_alone()
        resealed.append(credential)
        count += outdated
    Credential.objects.bulk_update(resealed, [_SECRET, _TOKENS, "account"])
    return Batch(resealed=count, unreadable=unreadable)


@transaction.atomic
def _reseal_all(model: type[Model], column: str, older: Collection[bytes]) -> Batch:
    """Re-encrypt what few rows hold."""
    rows = model._default_manager.filter(In(_key_used(column), list(older)))
    resealed, unreadable = [], []
    for row in rows.select_for_update(no_key=True):
        try:
            row.reseal()  # type: ignore[attr-defined]
        except DecryptionError:
            unreadable.append(f"{model._meta.verbose_name} {row}")
        else:
            resealed.append(row)
    model._default_manager.bulk_update(resealed, [column])
    return Batch(resealed=len(resealed), unreadable=unreadable)


def _sealed_with(keys: Collection[bytes], prefix: str = "") -> Q:
    """Return the condition that a credential has a secret which one of these keys encrypted."""
    columns = (_key_used(prefix + column) for column in (_SECRET, _TOKENS))
    return reduce(or_, (Q(In(column, list(keys))) for column in columns))


def _id(key_used: bytes) -> str:
    """Return a key's id as people read it: without the version of the blob."""
    return bytes(key_used)[1:].hex()
