"""What a request may see: the rows of its tenant. All others do not exist for it."""

from typing import Any, ClassVar, TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet
from django.http import Http404
from rest_framework import serializers
from rest_framework.fields import empty
from rest_framework.request import Request

from tenants.authentication import Access
from tenants.models import Tenant

Row = TypeVar("Row", bound=Model)


def access_of(request: Request) -> Access:
    """Return for whom and as what an authenticated request acts."""
    access = request.auth
    if not isinstance(access, Access):
        raise TypeError("Only authenticated requests have a tenant.")
    return access


def tenant_of(request: Request) -> Tenant:
    """Return the tenant for which an authenticated request acts."""
    return access_of(request).tenant


def visible(rows: QuerySet[Row], request: Request) -> QuerySet[Row]:
    """Return the rows of the request's tenant."""
    return rows.filter(tenant=tenant_of(request))


def find(rows: QuerySet[Row], request: Request, identifier: str) -> Row:
    """Return the tenant's row with this id. One query.

    Raises Http404, alike for an id of another tenant, of nobody, and for what is no id.
    """
    pk = read_id(identifier)
    found = visible(rows, request).filter(pk=pk).first() if pk else None
    if found is None:
        raise Http404
    return found


def read_id(identifier: str) -> UUID | None:
    """Return the id, or None for a text that is none."""
    try:
        return UUID(identifier)
    except ValueError:
        return None


class OwnedField(serializers.PrimaryKeyRelatedField[Any]):
    """A reference, by id, to a row of the tenant in the serializer's context."""

    default_error_messages: ClassVar = {
        "does_not_exist": "There is none with this id.",
        "incorrect_type": "There is none with this id.",
    }

    def get_queryset(self) -> QuerySet[Any]:
        rows = super().get_queryset()
        if rows is None:
            raise TypeError("An OwnedField that is written needs a queryset.")
        return rows.filter(tenant=self.context["tenant"])

    def run_validation(self, data: Any = empty) -> Any:
        if data == "":  # which the base takes for null
            self.fail("incorrect_type")
        return super().run_validation(data)

    def to_internal_value(self, data: Any) -> Any:
        pk = read_id(data) if isinstance(data, str) else None
        if pk is None:
            self.fail("incorrect_type")
        return super().to_internal_value(pk)
