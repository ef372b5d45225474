"""What each member has read of the tenant's notices."""

from dataclasses import dataclass
from uuid import UUID

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import QuerySet

from notifications.models import Notice, NoticesRead
from tenants.models import Membership, Tenant

MOST_COUNTED = 100  # unread ones: beyond, the bell says "99+"


@dataclass(frozen=True, kw_only=True)
class Reader:
    """Who reads. `up_to`: the last notice that they read, or the moment, as an id, at which they
    joined. Both None: an API key, for which nothing is unread."""

    member: Membership | None = None
    up_to: UUID | None = None

    def has_read(self, notice: Notice) -> bool:
        return self.up_to is None or notice.pk <= self.up_to


@dataclass(frozen=True, kw_only=True)
class Unread:
    """How many notices somebody has not read, MOST_COUNTED at most, and the newest of all."""

    count: int
    latest_id: UUID | None


def reader(user: User | AnonymousUser, tenant: Tenant) -> Reader:
    """Two queries; none for an API key."""
    member = user.is_authenticated and Membership.objects.filter(user=user, tenant=tenant).first()
    if not member:
        return Reader()
    read = NoticesRead.objects.filter(member=member).values_list("up_to", flat=True)
    return Reader(member=member, up_to=read.first() or member.pk)


def read_or_not(notices: QuerySet[Notice], who: Reader, *, unread: bool) -> QuerySet[Notice]:
    """Return those of these notices that were not read, or were."""
    if who.up_to is None:
        return notices.none() if unread else notices
    return notices.filter(pk__gt=who.up_to) if unread else notices.filter(pk__lte=who.up_to)


def count_unread(who: Reader, tenant: Tenant) -> Unread:
    """Two queries at most, however many notices there are."""
    rows = Notice.objects.filter(tenant=tenant).order_by("-pk")
    ids = read_or_not(rows, who, unread=True).values_list("pk", flat=True)[:MOST_COUNTED]
    latest = ids[0] if ids else rows.values_list("pk", flat=True).first()
    return Unread(count=len(ids), latest_id=latest)


def read_up_to(who: Reader, notice: Notice) -> Reader:
    """Note that all up to this notice was read. What was read stays so."""
    if who.member is None or who.has_read(notice):
        return who
    NoticesRead.objects.get_or_create(
        member=who.member, defaults={"tenant_id": notice.tenant_id, "up_to": notice.pk}
    )
    NoticesRead.objects.filter(member=who.member, up_to__lt=notice.pk).update(up_to=notice.pk)
    return Reader(member=who.member, up_to=notice.pk)
