"""How whoever tells people hears that there is something to tell; below nobody knows them."""

from django.db import transaction
from django.dispatch import Signal

changed = Signal()
"""Sent after the commit of a state change, or of an alert's beginning or end. Only a hint: the rows
themselves are the outbox."""


def announce() -> None:
    """Send `changed` once this transaction is committed."""
    transaction.on_commit(lambda: changed.send(sender=None), robust=True)
