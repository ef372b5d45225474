"""The endpoint that proves that an action tests the credential."""

from rest_framework.request import Request
from rest_framework.response import Response

from api.answers import succeed
from api.describing import describe
from api.errors import Conflict, TooMany
from api.views import validated
from connections.waiting import A_MOMENT, TooManyWait
from healthchecks import manual, proof
from healthchecks.proof_serializers import ProofCreation, ProofSerializer
from integrations.views import find_action
from tenants.row_security import for_tenant
from tenants.scoping import tenant_of
from tenants.views import TenantView, own_transactions


class ActionProof(TenantView):
    @describe("Prove an action", body=ProofCreation, answer=ProofSerializer, errors=(429,))
    @own_transactions  # none is held while the API is called
    def post(self, request: Request, integration_id: str, action_id: str) -> Response:
        """Does this call test the credential? It must pass with the connection's own, and fail
        with a wrong one.

        Takes up to 15 seconds and changes nothing. Each action tried counts as a check by hand,
        and so does an access token that has to be renewed first.
        """
        tenant = tenant_of(request)
        with for_tenant(tenant.pk):
            action = find_action(request, integration_id, action_id)
            context = {"tenant": tenant, "integration_id": action.integration_id}
            wanted = validated(ProofCreation(data=request.data, context=context))
        try:
            found = proof.prove(wanted["connection"], action, try_others=wanted["try_others"])
        except proof.NotProvable as refusal:
            raise Conflict(str(refusal)) from None
        except TooManyWait:
            text = "Many wait for answers just now."
            raise TooMany(A_MOMENT, text) from None
        except manual.TooManyChecks as refusal:
            text = f"At most {manual.MOST_PER_MINUTE} checks a minute for one connection."
            raise TooMany(refusal.retry_after, text) from None
        return succeed(ProofSerializer(found).data)
