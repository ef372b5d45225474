"""What every API test needs: a caller for each role, and a stranger."""

import datetime as dt

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django import DjangoDbBlocker
from rest_framework.test import APIClient

import healthcheck_project.celery  # noqa: F401 - the broker's settings, as in the web process
from healthchecks.retention import make_partitions
from tenants.models import Role, Tenant
from tests.factories import (
    make_action,
    make_alert,
    make_api_key,
    make_change,
    make_check,
    make_connection,
    make_delivery,
    make_incident,
    make_integration,
    make_key,
    make_member,
    make_notice,
    make_tenant,
    make_window,
)
from tests.notifications.conftest import receiver  # noqa: F401 - a fixture
from tests.notifications.rounds import make_channel
from tests.web import ApiCaller


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Let checks lie a few days back."""
    with django_db_blocker.unblock():
        make_partitions(since=timezone.now().date() - dt.timedelta(days=3))


def client_with(key: str) -> APIClient:
    return ApiCaller(key)


def signed_in(user: User, *, csrf: bool = True) -> APIClient:
    """A browser in which this person has signed in; `csrf` False: a foreign page sends from it."""
    client = ApiCaller(enforce_csrf_checks=True)
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    if csrf:
        client.cookies["csrftoken"] = client.defaults["HTTP_X_CSRFTOKEN"] = "c" * 32
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
def nobody(db: None) -> APIClient:
    return ApiCaller()


@pytest.fixture
def acmes(acme: Tenant) -> dict[str, object]:
    """The ids of Acme's things, by their names in paths."""
    integration = make_integration(acme)
    connection = make_connection(integration)
    channel, notice = make_channel(acme), make_notice(acme)
    return {
        "integration_id": integration.pk,
        "action_id": make_action(integration).pk,
        "connection_id": connection.pk,
        "check_id": make_check(connection).pk,
        "alert_id": make_alert(connection).pk,
        "incident_id": make_incident(connection).pk,
        "change_id": make_change(connection).pk,
        "member_id": make_member(acme).pk,
        "key_id": make_api_key(acme).pk,
        "channel_id": channel.pk,
        "notice_id": notice.pk,
        "delivery_id": make_delivery(channel, notice, state="failed").pk,
        "window_id": make_window(acme).pk,
    }
