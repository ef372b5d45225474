"""An OpenAPI document as the API takes it, and what became of it."""

from typing import Any

from rest_framework import serializers

from api.describing import takes
from api.serializers import ApiModelSerializer, ApiSerializer
from integrations.models import Integration, Method
from integrations.serializers import IntegrationSerializer


@takes(ImportedDocument={"type": ["object", "string"]})
def _validate_document(value: Any) -> None:
    if not isinstance(value, (dict, str)):
        raise serializers.ValidationError("Give the document as an object, or as text.")


class _AsParsed(serializers.JSONField):
    """A value that was parsed already. Written out, its aliases could fill the memory."""

    def to_internal_value(self, data: Any) -> Any:
        return data


class ImportSerializer(ApiModelSerializer):
    """A document, and what it shall not decide."""

    document = _AsParsed(validators=[_validate_document])

    class Meta:
        model = Integration
        fields = ("document", "name", "base_url", "status")

    def get_fields(self) -> dict[str, Any]:
        fields: dict[str, Any] = super().get_fields()
        fields["name"].required = fields["baseUrl"].required = False
        return fields


class OpenApiDocument(serializers.Serializer[Any]):
    """What a document has that is sent as it is; for the description alone."""

    openapi = serializers.RegexField(r"^3\.[01]")
    info = serializers.DictField()
    paths = serializers.DictField()


class CandidateSerializer(ApiSerializer):
    action_id = serializers.UUIDField(source="action.id")
    name = serializers.CharField(source="action.name")
    method = serializers.ChoiceField(Method.choices, source="action.method")
    path = serializers.CharField(source="action.path")
    score = serializers.IntegerField()
    reasons = serializers.ListField(child=serializers.CharField())


class ImportedSerializer(ApiSerializer):
    integration = IntegrationSerializer()
    actions_created = serializers.IntegerField()
    candidates = CandidateSerializer(many=True)
    warnings = serializers.ListField(child=serializers.CharField())
