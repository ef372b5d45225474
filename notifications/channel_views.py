"""Endpoints of channels and of what was delivered to them."""

import datetime as dt

from rest_framework.request import Request
from rest_framework.response import Response

from api.answers import created, deleted, succeed
from api.describing import describe
from api.errors import TooMany
from api.pagination import ListQuery, page_by_id, read_query
from api.views import refuse_fields, validated
from notifications import channel_edits, listing
from notifications.channels import kinds
from notifications.models import NotificationChannel, NotificationDelivery
from notifications.serializers import (
    ChannelCreation,
    ChannelKindSerializer,
    ChannelSerializer,
    DeliverySerializer,
    NewChannelSerializer,
    TrialResultSerializer,
    TrialSerializer,
)
from tenants import attempts
from tenants.row_security import for_tenant
from tenants.scoping import find, tenant_of, visible
from tenants.serializers import RotationSerializer
from tenants.views import TenantView, own_transactions

_CHANNELS = NotificationChannel.objects.of_people()
_DELIVERIES = NotificationDelivery.objects.select_related("channel", "notice")
MOST_TRIALS = 20  # of a tenant within ten minutes: they go wherever it says


class ChannelKindList(TenantView):
    @describe("List channel kinds", answer=ChannelKindSerializer, many=True, whole=True)
    def get(self, request: Request) -> Response:
        """Every kind of channel, with the fields of its form, by name."""
        shown = [kind for kind in kinds().values() if not kind.hidden]
        return succeed(ChannelKindSerializer(shown, many=True).data)


class ChannelList(TenantView):
    @describe("List channels", query=ListQuery, answer=ChannelSerializer, many=True)
    def get(self, request: Request) -> Response:
        """The tenant's channels, newest first."""
        query = read_query(request, ListQuery)
        return page_by_id(visible(_CHANNELS.all(), request), query).answer(ChannelSerializer)

    @describe(
        "Create a channel",
        body=ChannelCreation,
        answer=NewChannelSerializer,
        status=201,
        errors=(409,),
    )
    def post(self, request: Request) -> Response:
        """A webhook's `signingSecret` is in this answer, and cannot be read again."""
        tenant = tenant_of(request)
        form = ChannelCreation(data=request.data, context={"tenant": tenant})
        channel = channel_edits.create(tenant, validated(form))
        return created(_with_secret(channel, channel_edits.signing_secret(channel)))


class ChannelItem(TenantView):
    @describe("Get a channel", answer=ChannelSerializer)
    def get(self, request: Request, channel_id: str) -> Response:
        """One channel and how it fares."""
        return succeed(ChannelSerializer(find(_CHANNELS.all(), request, channel_id)).data)

    @describe("Change a channel", body=ChannelSerializer, answer=ChannelSerializer)
    def patch(self, request: Request, channel_id: str) -> Response:
        """What is left out stays; of `config`, which comes whole, the secret fields do.

        `enabled` true lets a channel that was disabled begin anew; false ends what waits for it.
        """
        channel = find(_CHANNELS.all(), request, channel_id)
        form = ChannelSerializer(
            channel, data=request.data, partial=True, context={"tenant": tenant_of(request)}
        )
        return succeed(ChannelSerializer(channel_edits.update(channel, validated(form))).data)

    @describe("Delete a channel")
    def delete(self, request: Request, channel_id: str) -> Response:
        """With the log of its deliveries. What waits for it is not sent."""
        channel_edits.delete(find(_CHANNELS.all(), request, channel_id))
        return deleted()


class ChannelRotation(TenantView):
    @describe(
        "Rotate a signing secret",
        body=RotationSerializer,
        answer=NewChannelSerializer,
        errors=(409,),
    )
    def post(self, request: Request, channel_id: str) -> Response:
        """A webhook gets a new secret, which this answer shows once.

        For `overlapHours` its messages are signed with the old one as well. 409 where the channel
        signs nothing.
        """
        channel = find(_CHANNELS.all(), request, channel_id)
        hours = validated(RotationSerializer(data=request.data))["overlap_hours"]
        rotated = channel_edits.rotate(channel, overlap=dt.timedelta(hours=hours))
        return succeed(_with_secret(*rotated))


class ChannelTest(TenantView):
    @describe("Try a channel", answer=TrialResultSerializer, errors=(429,))
    @own_transactions
    def post(self, request: Request, channel_id: str) -> Response:
        """Sends a message that says it is a test, and answers what became of it.

        429 after 20 within ten minutes.
        """
        with for_tenant(tenant_of(request).pk):
            channel = find(_CHANNELS.select_related("tenant"), request, channel_id)
            refuse_fields(request)
        return _try(channel)


class NewChannelTest(TenantView):
    @describe(
        "Try a channel before it is made",
        body=TrialSerializer,
        answer=TrialResultSerializer,
        errors=(429,),
    )
    @own_transactions
    def post(self, request: Request) -> Response:
        """The same for a form that is not stored yet."""
        form = validated(TrialSerializer(data=request.data))
        return _try(channel_edits.unsaved(tenant_of(request), **form))


class DeliveryList(TenantView):
    @describe("List deliveries", query=listing.DeliveryQuery, answer=DeliverySerializer, many=True)
    def get(self, request: Request) -> Response:
        """What was, or is to be, delivered to which channel, newest first. Kept for 90 days."""
        query = read_query(request, listing.DeliveryQuery)
        rows = visible(NotificationDelivery.objects.all(), request)
        rows = listing.chosen_deliveries(rows, query)
        return page_by_id(rows, query).filled(listing.with_channels).answer(DeliverySerializer)


class DeliveryRetry(TenantView):
    @describe("Deliver again", answer=DeliverySerializer, errors=(409,))
    def post(self, request: Request, delivery_id: str) -> Response:
        """A delivery that has failed is tried for another day. 409 for others."""
        delivery = find(_DELIVERIES.all(), request, delivery_id)
        refuse_fields(request)
        channel_edits.retry(delivery)
        return succeed(DeliverySerializer(find(_DELIVERIES.all(), request, delivery_id)).data)


def _with_secret(channel: NotificationChannel, secret: str | None) -> object:
    return NewChannelSerializer(channel, context={"signing_secret": secret}).data


def _try(channel: NotificationChannel) -> Response:
    who = ("channel trial", str(channel.tenant_id))
    limit = attempts.Limit(who=who, many=MOST_TRIALS, seconds=600)
    if wait := attempts.count([limit]):
        raise TooMany(wait, f"At most {MOST_TRIALS} test messages go out within ten minutes.")
    return succeed(TrialResultSerializer(channel_edits.try_out(channel)).data)
