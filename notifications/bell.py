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
    """Who reads. `member` None: an API key, for which nothing is unread. `up_to` None: nothing was
    read yet."""

    member: Membership | None
    up_to: UUID | None

    def unread(self, notices: QuerySet[Notice]) -> QuerySet[Notice]:
        """Return those of these notices that were not read: none from before they joined."""
        if self.member is None:
            return notices.none()
        return notices.filter(pk__gt=self.up_to or self.member.pk)

    def has_read(self, notice: Notice) -> bool:
        return self.member is None or notice.pk <= (self.up_to or self.member.pk)


def reader(user: User | AnonymousUser, tenant: Tenant) -> Reader:
    """Two queries; none for an API key."""
    if not isinstance(user, User):
        return Reader(member=None, up_to=None)
    member = Membership.objects.filter(user=user, tenant=tenant).first()
    rows = NoticesRead.objects.filter(member=member).values_list("up_to", flat=True)
    return Reader(member=member, up_to=rows.first())


def read_up_to(who: Reader, notice_id: UUID, tenant: Tenant) -> Reader:
    """Note that all up to this notice was read. What was read stays so."""
    if who.member is None or (who.up_to is not None and notice_id <= who.up_to):
        return who
    NoticesRead.objects.update_or_create(
        member=who.member, tenant=tenant, defaults={"up_to": notice_id}
    )
    return Reader(member=who.member, up_to=notice_id)
