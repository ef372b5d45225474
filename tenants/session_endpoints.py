"""Endpoints of browser sessions: a person's tenants, and for which of them they act."""

from django.contrib.auth.models import User
from django.db.models import BooleanField, ExpressionWrapper, F, Q
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from api.answers import succeed
from api.describing import describe
from api.pagination import ListQuery, Order, page_by, read_query
from api.views import ApiView, validated
from tenants import sessions
from tenants.authentication import Access
from tenants.permissions import NO_TENANT, IsSignedIn
from tenants.row_security import for_all_tenants
from tenants.scoping import read_id
from tenants.serializers import SessionChoice, SessionTenantRow, SessionTenantSerializer

_BY_NAME = {"name": Order(key=F("tenant__name"), read=serializers.CharField().run_validation)}


class SessionView(ApiView):
    """For signed-in people, of whichever tenants they are."""

    permission_classes = (IsSignedIn,)


class SessionTenantList(SessionView):
    @describe(
        "List my tenants", query=ListQuery, answer=SessionTenantRow, many=True, security="session"
    )
    def get(self, request: Request) -> Response:
        """The active tenants that the signed-in person belongs to, by name."""
        query = read_query(request, ListQuery)
        access = _access(request)
        is_current = Q(tenant=access.tenant.pk if access else None)
        rows = sessions.memberships_of(_person(request)).annotate(
            current=ExpressionWrapper(is_current, BooleanField())
        )
        with for_all_tenants():
            page = page_by(rows, {**query, "order": "name"}, _BY_NAME)
        return page.answer(SessionTenantRow)


class SessionTenantItem(SessionView):
    @describe("Get my current tenant", answer=SessionTenantSerializer, security="session")
    def get(self, request: Request) -> Response:
        """The tenant that this session acts for: at first that of the oldest membership.

        403 where the person does not belong to it any more: then they choose another.
        """
        with for_all_tenants():
            member = sessions.current(request.session, _person(request))
        if member is None:
            raise PermissionDenied(NO_TENANT)
        return succeed(SessionTenantSerializer(member).data)

    @describe(
        "Choose my current tenant",
        body=SessionChoice,
        answer=SessionTenantSerializer,
        security="session",
    )
    def post(self, request: Request) -> Response:
        """This session acts for that tenant from now on."""
        tenant_id = read_id(validated(SessionChoice(data=request.data))["tenant_id"])
        with for_all_tenants():
            chosen = tenant_id and sessions.choose(request.session, _person(request), tenant_id)
        if not chosen:
            raise serializers.ValidationError({"tenantId": ["There is none with this id."]})
        return succeed(SessionTenantSerializer(chosen).data)


def _person(request: Request) -> User:
    if not isinstance(request.user, User):
        raise TypeError("Only signed-in people have tenants to choose from.")
    return request.user


def _access(request: Request) -> Access | None:
    """Return as what the person acts; None while they belong to no active tenant."""
    return request.auth if isinstance(request.auth, Access) else None
