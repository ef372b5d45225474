"""What every channel is: a form, and a way to send a message."""

from __future__ import annotations

import datetime as dt
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import Any, ClassVar
from uuid import UUID

from connections.redaction import remember
from notifications.channels import forms
from notifications.channels.forms import Field

__all__ = ["Channel", "DeliveryError", "Field", "Item", "Message"]


@dataclass(frozen=True, kw_only=True)
class Item:
    """One notice. All texts are plain and may hold whatever a person can name a thing."""

    id: UUID
    kind: str
    """A notifications.status.NoticeKind, or `test`."""
    event: str
    """What the channel subscribed to; "" for what goes to admins unasked."""
    severity: str
    title: str
    text: str
    url: str
    at: dt.datetime
    facts: Sequence[tuple[str, str]] = ()
    """Labels and values, such as Connection, Since, Next step."""
    data: Mapping[str, Any] = dataclass_field(default_factory=dict)
    """The same for machines: JSON with names in camelCase."""
    key: str
    """What it is about, such as `incident:UUID`: beginning and end of one thing share it."""
    ends: bool = False
    """It tells that what `key` names is over."""


@dataclass(frozen=True, kw_only=True)
class Message:
    """What is sent at once: one item, or several as a digest."""

    id: UUID
    """The same at every attempt."""
    items: Sequence[Item]
    tenant: str
    reminder: int = 0
    """0: told for the first time, or some of it."""
    is_test: bool = False


class DeliveryError(Exception):
    """A message that was not taken, as far as we know.

    `code` is a short word, `message` a sentence of ours: nothing of what the other side said.
    `permanent`: to send the same again would not help. `gone`: the other side asks for no more,
    ever. `retry_after`: how long it wants to be left alone, None if it did not say.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        permanent: bool,
        gone: bool = False,
        retry_after: dt.timedelta | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.permanent = permanent
        self.gone = gone
        self.retry_after = retry_after


class Channel(ABC):
    """A kind of channel is a module here with one subclass; nothing else names it."""

    kind: ClassVar[str]
    name: ClassVar[str]
    help: ClassVar[str]
    hidden: ClassVar[bool] = False
    """Nobody makes one: Vitals itself does."""
    folds: ClassVar[bool] = True
    """Takes several notices as one digest; else it gets each on its own."""
    fields: ClassVar[Sequence[Field]]

    def __init__(self, config: Mapping[str, Any], secrets: Mapping[str, str]) -> None:
        """Take what `validate` returned."""
        self.config = config
        self.secrets = secrets
        remember(secrets.values())

    @classmethod
    def validate(
        cls, config: Mapping[str, Any], kept_secrets: Mapping[str, str]
    ) -> tuple[dict[str, Any], dict[str, str]]:
        """Return what may be shown of a filled form, and its secrets.

        `config` is the whole form; a secret that it leaves out is kept. Raises rest_framework's
        ValidationError with the faults of each field.
        """
        return forms.validate(cls.fields, config, kept_secrets)

    @abstractmethod
    def send(self, message: Message) -> None:
        """Send it, in 15 seconds at most, with no transaction held. Raises DeliveryError."""
