"""Where a consent is started, and the page that a provider sends people back to."""

import re
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from api.answers import succeed
from api.describing import describe, takes
from api.errors import Conflict
from api.serializers import ApiSerializer, Text
from api.views import validated
from connections.oauth import consent
from connections.views import find_connection
from connections.waiting import A_MOMENT, TooManyWait
from tenants.views import TenantView

_LOCAL_PATH = r"^/(?:[A-Za-z0-9._~-]+/)*[A-Za-z0-9._~-]*$"


@takes({"pattern": _LOCAL_PATH})
def validate_local_path(value: str) -> None:
    """Let nobody be led to another site."""
    if not re.fullmatch(_LOCAL_PATH, value):
        raise ValidationError("Give a path of Vitals such as /connections: no address, no query.")


class ConsentCreation(ApiSerializer):
    return_to = Text(required=False, max_length=200, validators=(validate_local_path,))


class ConsentStartSerializer(ApiSerializer):
    """Where to send the person who consents, and until when they can."""

    authorization_url = serializers.CharField()
    expires_at = serializers.DateTimeField()


class Start(TenantView):
    @describe("Start a consent", body=ConsentCreation, answer=ConsentStartSerializer, errors=(409,))
    def post(self, request: Request, connection_id: str) -> Response:
        """Open the address in a browser. It leads back to Vitals, which then stores the tokens.

        Started in a browser's session, only that session can finish it; with an API key, whoever
        opens the address can. With `returnTo`, which only a session may set, the browser ends
        there, with `connected=1` or `notConnected` and a word in the query. 409 where the
        integration's grant is another, or nobody has set an OAuth client.
        """
        connection = find_connection(request, connection_id)
        return_to = validated(ConsentCreation(data=request.data)).get("return_to", "")
        by_person = request.user.is_authenticated
        if return_to and not by_person:
            raise ValidationError({"returnTo": ["Only a browser's session can be led back."]})
        session_key = request.session.session_key if by_person else None
        try:
            started = consent.start(connection, session_key=session_key, return_to=return_to)
        except consent.CannotConsent as reason:
            raise Conflict(str(reason)) from None
        return succeed(ConsentStartSerializer(started).data)


@require_GET
@never_cache
def callback(request: HttpRequest) -> HttpResponse:
    """Finish a consent. Public: the state says whose it is."""
    try:
        given = consent.finish(request.GET.dict(), session_key=request.session.session_key)
    except consent.NotConnected as reason:
        if reason.return_to:
            return _lead_back(reason.return_to, notConnected=reason.why.value)
        return _page(request, "Not connected", reason.why.label, status=400)
    except TooManyWait:
        text = "Many wait for answers just now. Load this page again in a few seconds."
        page = _page(request, "Not connected yet", text, status=503)
        page.headers["Retry-After"] = str(A_MOMENT)
        return page
    if given.return_to:
        return _lead_back(given.return_to, connected="1")
    return _page(request, "Connected", consent.CONNECTED)


def _lead_back(path: str, **outcome: str) -> HttpResponse:
    return HttpResponseRedirect(f"{path}?{urlencode(outcome)}")


def _page(request: HttpRequest, title: str, text: str, *, status: int = 200) -> HttpResponse:
    context = {"title": title, "text": text}
    return render(request, "connections/consent.html", context, status=status)
