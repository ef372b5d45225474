"""Callers of the API and the admin, as the web process serves them."""

from typing import Any

from django.contrib.auth.models import User
from django.test import Client
from rest_framework.test import APIClient

from tenants.row_security import for_all_tenants


class ApiCaller(APIClient):
    """Each request begins without any tenant's rows in sight, and fails without raising."""

    def __init__(self, key: str | None = None, **defaults: Any) -> None:
        super().__init__(raise_request_exception=False, **defaults)
        if key is not None:
            self.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")

    def request(self, **kwargs: Any) -> Any:
        with for_all_tenants(False):
            return super().request(**kwargs)


class AdminCaller(Client):
    """As above."""

    def request(self, **kwargs: Any) -> Any:
        with for_all_tenants(False):
            return super().request(**kwargs)


def session_of(user: User) -> str:
    """Sign a person in; return the cookie."""
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client.cookies["sessionid"].value
