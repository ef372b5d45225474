"""What every API test needs: a caller for each role, and a stranger."""

import datetime as dt

import pytest
from django.utils import timezone
from pytest_django import DjangoDbBlocker
from rest_framework.test import APIClient

import healthcheck_project.celery  # noqa: F401 - the broker's settings, as in the web process
from healthchecks.retention import make_partitions
from tenants.models import Role, Tenant
from tests.factories import make_key, make_tenant


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Let checks lie a few days back."""
    with django_db_blocker.unblock():
        make_partitions(since=timezone.now().date() - dt.timedelta(days=3))


def client_with(key: str) -> APIClient:
    client = APIClient(raise_request_exception=False)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
    return client


@pytest.fixture
def acme(db: None) -> Tenant:
    return make_tenant("Acme")


@pytest.fixture
def alice(acme: Tenant) -> APIClient:
    """Admin of Acme."""
    return client_with(make_key(acme, Role.ADMIN))


@pytest.fixture
def bob(acme: Tenant) -> APIClient:
    """Operator at Acme."""
    return client_with(make_key(acme, Role.OPERATOR))


@pytest.fixture
def victor(acme: Tenant) -> APIClient:
    """Viewer at Acme."""
    return client_with(make_key(acme, Role.VIEWER))


@pytest.fixture
def stranger(db: None) -> Tenant:
    return make_tenant("Stranger Things")


@pytest.fixture
def charlie(stranger: Tenant) -> APIClient:
    """Admin of another tenant."""
    return client_with(make_key(stranger, Role.ADMIN))


@pytest.fixture
def nobody() -> APIClient:
    return APIClient(raise_request_exception=False)
