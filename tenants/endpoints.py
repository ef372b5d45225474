"""Endpoints of a tenant's settings, its members and its API keys."""

import datetime as dt

from rest_framework.request import Request
from rest_framework.response import Response

from api.answers import created, deleted, succeed
from api.describing import describe
from api.pagination import ListQuery, page_by_id, read_query
from api.views import validated
from tenants import edits, keys, members
from tenants.models import ApiKey, Membership
from tenants.scoping import find, tenant_of, visible
from tenants.serializers import (
    KeySerializer,
    MemberCreation,
    MemberSerializer,
    NewKeySerializer,
    RotationSerializer,
    TenantSerializer,
)
from tenants.views import TenantView


class TenantItem(TenantView):
    @describe("Get the tenant", answer=TenantSerializer)
    def get(self, request: Request) -> Response:
        """The settings of the tenant that the caller acts for."""
        return succeed(TenantSerializer(tenant_of(request)).data)

    @describe("Change the tenant", body=TenantSerializer, answer=TenantSerializer)
    def patch(self, request: Request) -> Response:
        """What is left out stays. Connections that inherit their interval follow at once."""
        tenant = tenant_of(request)
        form = TenantSerializer(tenant, data=request.data, partial=True)
        return succeed(TenantSerializer(edits.update(tenant, validated(form))).data)


class MemberList(TenantView):
    @describe("List members", query=ListQuery, answer=MemberSerializer, many=True)
    def get(self, request: Request) -> Response:
        """The people in the tenant, newest first."""
        query = read_query(request, ListQuery)
        rows = visible(Membership.objects.select_related("user"), request)
        return page_by_id(rows, query).answer(MemberSerializer)

    @describe(
        "Add a member", body=MemberCreation, answer=MemberSerializer, status=201, errors=(429,)
    )
    def post(self, request: Request) -> Response:
        """The person gets a mail, with a link to choose a password if they have none yet.

        The answer is the same whether or not another tenant knows them. Who is a member already
        answers 409. 429 after 50 within an hour.
        """
        fields = validated(MemberCreation(data=request.data))
        return created(MemberSerializer(members.add(tenant_of(request), **fields)).data)


class MemberItem(TenantView):
    @describe("Change a member", body=MemberSerializer, answer=MemberSerializer)
    def patch(self, request: Request, member_id: str) -> Response:
        """What is left out stays. 409 if then nobody could administer the tenant."""
        member = find(Membership.objects.select_related("user"), request, member_id)
        form = MemberSerializer(member, data=request.data, partial=True)
        return succeed(MemberSerializer(members.update(member, validated(form))).data)

    @describe("Remove a member")
    def delete(self, request: Request, member_id: str) -> Response:
        """From their next request on. 409 if then nobody could administer the tenant."""
        members.remove(find(Membership.objects.all(), request, member_id))
        return deleted()


class KeyList(TenantView):
    @describe("List API keys", query=ListQuery, answer=KeySerializer, many=True)
    def get(self, request: Request) -> Response:
        """The keys that are not revoked, expired ones too, newest first."""
        query = read_query(request, ListQuery)
        rows = visible(ApiKey.objects.filter(revoked_at=None), request)
        return page_by_id(rows, query).answer(KeySerializer)

    @describe("Create an API key", body=KeySerializer, answer=NewKeySerializer, status=201)
    def post(self, request: Request) -> Response:
        """The secret is in this answer's `key`, and cannot be read again."""
        fields = validated(KeySerializer(data=request.data))
        return _with_secret(*keys.create(tenant_of(request), **fields))


class KeyItem(TenantView):
    @describe("Change an API key", body=KeySerializer, answer=KeySerializer)
    def patch(self, request: Request, key_id: str) -> Response:
        """What is left out stays. 409 for an expired key, and for the tenant's last way in."""
        key = _find_key(request, key_id)
        form = KeySerializer(key, data=request.data, partial=True)
        return succeed(KeySerializer(keys.update(key, validated(form))).data)

    @describe("Revoke an API key")
    def delete(self, request: Request, key_id: str) -> Response:
        """At once. 409 if then nobody could administer the tenant."""
        keys.revoke(_find_key(request, key_id))
        return deleted()


class KeyRotation(TenantView):
    @describe("Rotate an API key", body=RotationSerializer, answer=NewKeySerializer, status=201)
    def post(self, request: Request, key_id: str) -> Response:
        """A new key of the same name, role and length of life; the old one stays valid beside it.

        The old key ends after `overlapHours`, or when it was to end anyway. A key is rotated once.
        """
        key = _find_key(request, key_id)
        hours = validated(RotationSerializer(data=request.data))["overlap_hours"]
        return _with_secret(*keys.rotate(key, overlap=dt.timedelta(hours=hours)))


def _find_key(request: Request, key_id: str) -> ApiKey:
    return find(ApiKey.objects.filter(revoked_at=None), request, key_id)


def _with_secret(key: ApiKey, secret: str) -> Response:
    return created(NewKeySerializer(key, context={"secret": secret}).data)
