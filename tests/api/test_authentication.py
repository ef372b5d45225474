"""Who is let in."""

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from tenants.models import ApiKey, Tenant
from tests.api.conftest import client_with
from tests.api.test_envelope import error_of
from tests.factories import make_key

HOUR = dt.timedelta(hours=1)


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer ", "Bearer nonsense", "Bearer \xff", "Basic YTpi", "x"]
)
@pytest.mark.django_db
def test_without_a_usable_key_nothing_is_shown(nobody: APIClient, header: str | None) -> None:
    if header is not None:
        nobody.credentials(HTTP_AUTHORIZATION=header)
    answer = nobody.get("/api/v1/connections")
    error_of(answer, 401)
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_a_key_counts_until_it_expires_or_is_revoked(acme: Tenant) -> None:
    now = timezone.now()
    usable: dict[str, Any] = {"expires_at": now + HOUR}
    unusable: list[dict[str, Any]] = [{"expires_at": now - HOUR}, {"revoked_at": now}]
    assert client_with(make_key(acme, **usable)).get("/api/v1/connections").status_code == 200
    for fields in unusable:
        error_of(client_with(make_key(acme, **fields)).get("/api/v1/connections"), 401)


def test_a_suspended_tenants_keys_do_not_count(acme: Tenant, alice: APIClient) -> None:
    Tenant.objects.filter(pk=acme.pk).update(status="suspended")
    error_of(alice.get("/api/v1/connections"), 401)


def test_the_last_use_of_a_key_is_noted_to_the_minute(acme: Tenant, alice: APIClient) -> None:
    alice.get("/api/v1/connections")
    first = ApiKey.objects.get(tenant=acme).last_used_at
    assert first is not None
    alice.get("/api/v1/connections")
    assert ApiKey.objects.get(tenant=acme).last_used_at == first
