"""Proofs as the API takes and shows them."""

from rest_framework import serializers

from api.serializers import ApiSerializer, Flag
from connections.models import Connection
from healthchecks.evaluation import Call, CallResult
from healthchecks.negative_control import ProofVerdict
from healthchecks.proof import Proof
from healthchecks.serializers import CheckError, show_error
from healthchecks.status import FailureCause
from tenants.scoping import OwnedField


class ProofCreation(ApiSerializer):
    """Over which of the integration's connections to prove an action."""

    connection_id = OwnedField(source="connection", queryset=Connection.objects.with_health())
    try_others = Flag(default=True)

    def validate_connectionId(self, connection: Connection) -> Connection:
        if connection.integration_id != self.context["integration_id"]:
            raise serializers.ValidationError("This is no connection of this integration.")
        return connection


class ProofCallSerializer(ApiSerializer):
    result = serializers.ChoiceField(CallResult.choices)
    status_code = serializers.IntegerField(allow_null=True)
    cause = serializers.ChoiceField(FailureCause.choices, allow_null=True)
    error = serializers.SerializerMethodField()

    def get_error(self, call: Call) -> CheckError | None:
        return show_error(call.error_code)


class ProofAttemptSerializer(ApiSerializer):
    action_id = serializers.UUIDField(source="action.pk")
    name = serializers.CharField(source="action.name")
    verdict = serializers.ChoiceField(ProofVerdict.choices)
    with_credential = ProofCallSerializer()
    with_wrong_credential = ProofCallSerializer(allow_null=True)
    text = serializers.CharField()


class ProofSerializer(ApiSerializer):
    proven = serializers.SerializerMethodField()
    proven_action_id = serializers.UUIDField(
        source="proven_action.pk", default=None, allow_null=True
    )
    attempts = ProofAttemptSerializer(many=True)
    text = serializers.CharField()

    def get_proven(self, proof: Proof) -> bool:
        return proof.proven_action is not None
