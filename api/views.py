"""The base of every endpoint, and how endpoints are routed."""

import re
from typing import Any

from django.urls import URLPattern, re_path
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from api.describing import Description
from api.serializers import ApiSerializer

NO_SUCH_ENDPOINT = "There is no such endpoint. Look at its path in the API's documentation."
_PARAMETER = re.compile(r"\{(\w+)\}")


class ApiView(APIView):
    """An endpoint. OPTIONS answers 405: /docs says what there is."""

    http_method_names = ("get", "head", "post", "put", "patch", "delete")

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        handler = getattr(self, str(request.method).lower(), None)
        description: Description | None = getattr(handler, "description", None)
        if handler and not (description and description.query):
            refuse_query(request)

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        """Name the methods only where another was used: on a 404 they would tell what is there."""
        response = super().finalize_response(request, response, *args, **kwargs)
        if response.status_code != 405:
            response.headers.pop("Allow", None)
        return response


def route(path: str, view: type[ApiView]) -> URLPattern:
    """Route `connections/{connection_id}/pause`, with or without a slash at the end.

    The path is also the route's name, by which the roles are looked up.
    """
    pattern = _PARAMETER.sub(r"(?P<\1>[^/]+)", path)
    return re_path(f"^{pattern}/?$", view.as_view(), name=path)


def validated(serializer: BaseSerializer[Any]) -> dict[str, Any]:
    """Return what the body says. Raises ValidationError."""
    serializer.is_valid(raise_exception=True)
    data: dict[str, Any] = serializer.validated_data
    return data


def refuse_query(request: Request) -> None:
    """Refuse a query where nothing can be asked. Raises ValidationError."""
    validated(ApiSerializer(data=request.query_params.dict()))


def refuse_fields(request: Request) -> None:
    """Refuse a body that says something, where nothing can be said. Raises ValidationError."""
    validated(ApiSerializer(data=request.data))


class Unknown(ApiView):
    """Every path below /api/ that leads nowhere, for everybody."""

    authentication_classes = ()
    permission_classes = ()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise NotFound(NO_SUCH_ENDPOINT)
