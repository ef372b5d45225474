"""What all services have in common that are reached through Apprise.

Apprise knows where a service listens and what it wants to hear; who is called, how long, and what
an answer means is ours (egress.lending).
"""

from __future__ import annotations

import logging
from abc import abstractmethod
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar

from egress.lending import LENT, Loan, lend
from integrations.reach import address_policy
from notifications.channels import lines
from notifications.channels.base import Channel, DeliveryError, Message
from notifications.channels.verdicts import check_status, no_answer

if TYPE_CHECKING:
    from apprise.plugins.base import NotifyBase

# Its lines hold tokens and what services answer.
logging.getLogger("apprise").addFilter(lambda record: False)

_TYPES = {"critical": "failure", "warning": "warning", "info": "info"}


class AppriseChannel(Channel):
    plugin: ClassVar[str]
    """Where its class is, such as `slack.NotifySlack`."""
    hosts: ClassVar[frozenset[str]]
    """All that is ever called."""
    most: ClassVar[int]
    """Characters that the service takes as a text."""

    @abstractmethod
    def options(self, message: Message) -> Mapping[str, Any]:
        """Return what the plugin's class takes."""

    def text(self, message: Message) -> tuple[str, str]:
        """Return title and body, with what the service would read as more than text escaped."""
        return lines.headline(message), lines.body(message, self.most)

    def send(self, message: Message) -> None:
        plugin = _plugin(self.plugin)(**_OPTIONS, asset=_asset(), **self.options(message))
        plugin.throttle = _never_wait  # type: ignore[method-assign]
        title, body = self.text(message)
        with lend(address_policy(), hosts=self.hosts) as loan:
            taken = plugin.send(
                title=title, body=body, notify_type=_notify_type(message), body_format="text"
            )
        _judge(loan, taken=taken)


_OPTIONS = {"format": "text", "store": False}


def _judge(loan: Loan, *, taken: bool) -> None:
    if loan.failure is not None:
        raise no_answer(loan.failure)
    if loan.answer is None:
        message = "What the form says is not complete for this service: enter it again."
        raise DeliveryError("incomplete", message, permanent=True)
    check_status(loan.answer.status, loan.answer.headers)
    if not taken:
        raise DeliveryError("refused", "The service did not take the message.", permanent=False)


def _notify_type(message: Message) -> Any:
    from apprise import NotifyType

    gravest = lines.worst(message)
    return NotifyType("success" if gravest.ends else _TYPES[gravest.severity])


@cache
def _plugin(place: str) -> type[NotifyBase]:
    """Return a plugin's class, whose calls go through the guarded session.

    Loaded when first needed: Apprise takes 17 MB.
    """
    name, _, kind = place.partition(".")
    module = import_module(f"apprise.plugins.{name}")
    vars(module).update(requests=LENT)
    found: type[NotifyBase] = getattr(module, kind)
    return found


@cache
def _asset() -> Any:
    """Return how we introduce ourselves: by name, without pictures from elsewhere."""
    from apprise import AppriseAsset, PersistentStoreMode

    return AppriseAsset(
        app_id="Vitals",
        app_desc="Vitals",
        app_url="",
        image_url_mask="",
        image_url_logo="",
        storage_mode=PersistentStoreMode.MEMORY,
        plugin_paths=[],
    )


def _never_wait(*args: object, **options: object) -> None:
    """Apprise would sleep here. When to try again is not the channel's affair."""
