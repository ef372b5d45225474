"""Silence: what is muted is checked as ever, and nobody is told about it."""

import datetime as dt

from django.db import models
from django.db.models.functions import Now
from django.http import Http404
from django.utils import timezone


class Mutable(models.Model):
    """What can be muted. `muted_at` None: it is not; `muted_until` None: until it is unmuted."""

    muted_at = models.DateTimeField(null=True, editable=False)
    muted_until = models.DateTimeField(null=True, editable=False)

    class Meta:
        abstract = True

    @property
    def muted(self) -> bool:
        if self.muted_at is None:
            return False
        return self.muted_until is None or self.muted_until > timezone.now()


def is_muted() -> models.Q:
    """Return the condition on rows that are muted now."""
    goes_on = models.Q(muted_until=None) | models.Q(muted_until__gt=Now())
    return models.Q(muted_at__isnull=False) & goes_on


def mute(thing: Mutable, until: dt.datetime | None) -> None:
    """Mute `thing` until that moment; None: until it is unmuted. Raises Http404 if it is gone."""
    _set(thing, muted_at=timezone.now(), muted_until=until)


def unmute(thing: Mutable) -> None:
    """Tell people of `thing` again. Raises Http404 if it is gone."""
    _set(thing, muted_at=None, muted_until=None)


def _set(thing: Mutable, **fields: dt.datetime | None) -> None:
    fields["updated_at"] = timezone.now()
    if not type(thing)._default_manager.filter(pk=thing.pk).update(**fields):
        raise Http404
    for name, value in fields.items():
        setattr(thing, name, value)
