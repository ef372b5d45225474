"""A mail to a tenant's admins, of what its own channels cannot tell: that one of them is off."""

from __future__ import annotations

from typing import ClassVar

from notifications.channels.email import Email


class Admins(Email):
    """`config` as of a mail; who the admins are is looked up when there is something to tell."""

    kind = "admins"
    name = "The admins"
    help = ""
    hidden = True
    fields: ClassVar = []
