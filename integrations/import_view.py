"""The endpoint that makes an integration of an OpenAPI document."""

from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from api.answers import created
from api.describing import describe
from api.serializers import camel_case
from api.views import validated
from integrations.import_serializers import (
    ImportedSerializer,
    ImportSerializer,
    OpenApiDocument,
)
from integrations.openapi.document import ImportRefused
from integrations.openapi.importing import carry_out, plan
from integrations.openapi.uploads import PARSERS, YAML
from tenants.row_security import for_tenant
from tenants.scoping import tenant_of
from tenants.views import TenantView, own_transactions


class IntegrationImport(TenantView):
    parser_classes = PARSERS

    @describe(
        "Import an integration",
        body=(OpenApiDocument, ImportSerializer),
        as_text=YAML,
        answer=ImportedSerializer,
        status=201,
    )
    @own_transactions
    def post(self, request: Request) -> Response:
        """An OpenAPI document of version 3.0 or 3.1, 5 MiB at most, becomes an integration.

        Send it as it is, in JSON or YAML (by any of their usual media types), or in an object that
        also names the integration or says where its API is. Nothing is fetched: references into
        files or other hosts are refused.

        The best of `candidates` becomes the test action; prove it, then activate the integration.
        """
        fields = validated(ImportSerializer(data=request.data))
        tenant = tenant_of(request)
        try:
            planned = plan(fields.pop("document"), fields)  # takes seconds: in no transaction
        except ImportRefused as refusal:
            raise ValidationError({camel_case(refusal.field): [refusal.text]}) from None
        with for_tenant(tenant.pk):
            return created(ImportedSerializer(carry_out(tenant, planned)).data)
