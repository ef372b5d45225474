"""Endpoints of the bell."""

from collections.abc import Sequence

from rest_framework.request import Request
from rest_framework.response import Response

from api.answers import succeed
from api.describing import describe
from api.pagination import page_by_id, read_query
from api.views import validated
from notifications import bell, listing
from notifications.models import Notice
from notifications.serializers import NoticeSerializer, ReadingSerializer, UnreadSerializer
from tenants.scoping import tenant_of, visible
from tenants.views import TenantView


class NoticeList(TenantView):
    @describe("List notices", query=listing.NoticeQuery, answer=NoticeSerializer, many=True)
    def get(self, request: Request) -> Response:
        """What the tenant was told of, newest first. Kept for 90 days.

        `read` and `unread` are the person's own; for an API key nothing is unread.
        """
        query = read_query(request, listing.NoticeQuery)
        who = bell.reader(request.user, tenant_of(request))
        rows = listing.chosen_notices(visible(Notice.objects.all(), request), query)
        if "unread" in query:
            rows = bell.read_or_not(rows, who, unread=query["unread"])

        def marked(notices: Sequence[Notice]) -> Sequence[Notice]:
            for notice in notices:
                notice.read = who.has_read(notice)  # type: ignore[attr-defined]
            return listing.with_names(notices)

        return page_by_id(rows, query).filled(marked).answer(NoticeSerializer)


class UnreadNotices(TenantView):
    @describe("Count unread notices", answer=UnreadSerializer)
    def get(self, request: Request) -> Response:
        """How many notices the person has not read: 100 at most, which stands for more."""
        tenant = tenant_of(request)
        unread = bell.count_unread(bell.reader(request.user, tenant), tenant)
        return succeed(UnreadSerializer(unread).data)


class ReadNotices(TenantView):
    @describe("Mark notices as read", body=ReadingSerializer, answer=UnreadSerializer)
    def post(self, request: Request) -> Response:
        """All up to this one, for the person alone. An API key has nothing to mark."""
        tenant = tenant_of(request)
        form = ReadingSerializer(data=request.data, context={"tenant": tenant})
        who = bell.read_up_to(bell.reader(request.user, tenant), validated(form)["up_to"])
        return succeed(UnreadSerializer(bell.count_unread(who, tenant)).data)
