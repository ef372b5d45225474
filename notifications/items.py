"""A stored notice as channels show it."""

from django.conf import settings

from notifications.channels.base import Item
from notifications.models import Notice


def item_of(notice: Notice) -> Item:
    return Item(
        id=notice.pk,
        kind=notice.kind,
        event=notice.event or "",
        severity=notice.severity,
        title=notice.title,
        text=notice.text,
        url=settings.PUBLIC_URL + notice.path,
        at=notice.at,
        facts=[(label, value) for label, value in notice.facts],
        data=notice.data,
        key=notice.about,
        ends=notice.ends,
    )
