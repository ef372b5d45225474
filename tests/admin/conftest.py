"""What every test of the admin needs: Olga of the platform team, and a tenant to look at."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

import healthcheck_project.celery  # noqa: F401 - the broker's settings, as in the web process
from connections.models import Connection
from integrations.models import Integration
from tenants.models import Tenant
from tests.factories import make_action, make_connection, make_integration, make_tenant
from tests.web import AdminCaller

SECRET = "canary-2b7e151628aed2a6"


@pytest.fixture
def acme(db: None) -> Tenant:
    return make_tenant("Acme")


@pytest.fixture
def crm(acme: Tenant) -> Integration:
    """Bearer authentication, and one action."""
    integration = make_integration(acme, base_url="https://{site}.example.com")
    make_action(integration)
    return integration


@pytest.fixture
def production(crm: Integration) -> Connection:
    return make_connection(crm, token=SECRET, variables={"site": "acme"})


@pytest.fixture
def olga(db: None) -> Client:
    client = AdminCaller()
    client.force_login(User.objects.create_superuser("olga"))
    return client
