"""The base of every endpoint, and how endpoints are routed."""

import re
from typing import Any

from django.urls import URLPattern, re_path
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from api.serializers import ApiSerializer

NO_SUCH_ENDPOINT = "There is no such endpoint. Look at its path in the API's documentation."
_PARAMETER = re.compile(r"\{(\w+)\}")


class ApiView(APIView):
    """An endpoint. OPTIONS answers 405: /docs says what there is."""

    http_method_names = ("get", "head", "post", "put", "patch", "delete")

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        method = str(request.method)
        if method in {"POST", "PUT", "PATCH", "DELETE"} and hasattr(self, method.lower()):
            refuse_query(request)  # before anything is changed

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        """Refuse the query of a read that has none.

        Name the methods only where another was used: on a 404 they would tell what is there.
        """
        if response.status_code < 400 and not hasattr(request, "query_was_read"):
            try:
                refuse_query(request)
            except ValidationError as error:
                response = self.handle_exception(error)
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
