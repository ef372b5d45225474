"""Where a consent is started, and the page that a provider sends people back to."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.answers import succeed
from api.describing import describe
from api.errors import Conflict
from api.serializers import ApiSerializer
from api.views import refuse_fields
from connections.oauth import consent
from connections.views import find_connection
from connections.waiting import A_MOMENT, TooManyWait
from tenants.views import TenantView

_CONNECTED = "The connection has new tokens and is checked at once."


class ConsentStartSerializer(ApiSerializer):
    """Where to send the person who consents, and until when they can."""

    authorization_url = serializers.CharField()
    expires_at = serializers.DateTimeField()


class Start(TenantView):
    @describe("Start a consent", answer=ConsentStartSerializer, errors=(409,))
    def post(self, request: Request, connection_id: str) -> Response:
        """Open the address in a browser. It leads back to Vitals, which then stores the tokens.

        Started in a browser's session, only that session can finish it; with an API key, whoever
        opens the address can. 409 where the integration's grant is another, or nobody has set an
        OAuth client.
        """
        connection = find_connection(request, connection_id)
        refuse_fields(request)
        by_person = request.user.is_authenticated
        session_key = request.session.session_key if by_person else None
        try:
            return succeed(
                ConsentStartSerializer(consent.start(connection, session_key=session_key)).data
            )
        except consent.CannotConsent as reason:
            raise Conflict(str(reason)) from None


@require_GET
@never_cache
def callback(request: HttpRequest) -> HttpResponse:
    """Finish a consent. Public: the state says whose it is."""
    try:
        given = consent.finish(request.GET.dict(), session_key=request.session.session_key)
    except consent.NotConnected as reason:
        return _page(request, "Not connected", str(reason), return_to=reason.return_to, status=400)
    except TooManyWait:
        text = "Many wait for answers just now. Load this page again in a few seconds."
        page = _page(request, "Not connected yet", text, status=503)
        page.headers["Retry-After"] = str(A_MOMENT)
        return page
    if given.return_to:
        messages.success(request, _CONNECTED)
        return HttpResponseRedirect(given.return_to)
    return _page(request, "Connected", _CONNECTED)


def _page(
    request: HttpRequest, title: str, text: str, *, return_to: str = "", status: int = 200
) -> HttpResponse:
    context = {"title": title, "text": text, "return_to": return_to}
    return render(request, "connections/consent.html", context, status=status)
