"""API keys: shown once, changed, rotated, revoked."""

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from rest_framework.test import APIClient

from api.answers import iso
from tenants import keys
from tenants.models import ApiKey, Role, Tenant
from tenants.ways_in import LastWayIn
from tests.api.conftest import client_with
from tests.api.test_envelope import error_of
from tests.factories import make_api_key, make_member

URL = "/api/v1/api-keys"
HOUR = dt.timedelta(hours=1)
FIELDS = {"id", "name", "role", "prefix", "expiresAt", "lastUsedAt", "createdAt"}


def ids(client: APIClient) -> list[str]:
    return [row["id"] for row in client.get(URL).json()["data"]]


def works(secret: str) -> bool:
    return client_with(secret).get("/api/v1/tenant").status_code == 200


def soon(**delta: float) -> str:
    return iso(timezone.now() + dt.timedelta(**delta))


def rotate(client: APIClient, key: ApiKey, **body: Any) -> Any:
    return client.post(f"{URL}/{key.pk}/rotate", body)


def test_a_new_key_is_shown_once_and_reads(alice: APIClient) -> None:
    answer = alice.post(URL, {"name": "Dashboard"})
    assert answer.status_code == 201
    made = answer.json()["data"]
    secret = made.pop("key")
    assert set(made) == FIELDS
    assert (made["role"], made["expiresAt"], made["lastUsedAt"]) == ("viewer", None, None)
    assert secret.startswith(made["prefix"])
    assert alice.get(URL).json()["data"][0] == made
    assert secret not in alice.get(URL).content.decode()
    assert works(secret)
    error_of(client_with(secret).post("/api/v1/integrations", {}), 403)


def test_a_key_may_have_a_role_and_an_end(alice: APIClient) -> None:
    until = soon(days=1)
    made = alice.post(URL, {"name": "Deploy", "role": "operator", "expiresAt": until}).json()[
        "data"
    ]
    assert (made["role"], made["expiresAt"]) == ("operator", until)


def test_keys_are_renamed_and_given_another_role_or_end(acme: Tenant, alice: APIClient) -> None:
    key = make_api_key(acme)
    changes = {"name": "New", "role": "operator", "expiresAt": soon(days=2)}
    shown = alice.patch(f"{URL}/{key.pk}", changes).json()["data"]
    assert set(shown) == FIELDS
    assert shown.items() >= changes.items()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", None),
        ("name", ""),
        ("name", "two\nlines"),
        ("role", "owner"),
        ("role", None),
        ("expiresAt", "2020-01-01T00:00:00Z"),
        ("expiresAt", "9999-12-31T23:59:59-14:00"),
        ("expiresAt", "2999-01-01T00:00:00Z"),
        ("expiresAt", 5),
        ("expiresAt", "tomorrow"),
        ("prefix", "vitals_x"),
        ("key", "vitals_x"),
        ("tenantId", "x"),
    ],
)
def test_wrong_values_are_refused(acme: Tenant, alice: APIClient, field: str, value: Any) -> None:
    key = make_api_key(acme)
    before = alice.get(URL).json()
    answers = (
        alice.post(URL, {"name": "Key", field: value}),
        alice.patch(f"{URL}/{key.pk}", {field: value}),
    )
    for answer in answers:
        assert set(error_of(answer, 400)["details"]) == {field}
    assert alice.get(URL).json() == before


def test_a_revoked_key_is_gone_at_once_and_stays_on_record(acme: Tenant, alice: APIClient) -> None:
    made = alice.post(URL, {"name": "Leaked"}).json()["data"]
    url = f"{URL}/{made['id']}"
    answer = alice.delete(url)
    assert (answer.status_code, answer.content) == (204, b"")
    refused = client_with(made["key"]).get("/api/v1/tenant")
    error_of(refused, 401)
    assert refused["WWW-Authenticate"].startswith("Bearer")
    assert made["id"] not in ids(alice)
    for method in (alice.delete, alice.patch):
        error_of(method(url), 404)
    error_of(alice.post(f"{url}/rotate"), 404)
    assert ApiKey.objects.get(pk=made["id"]).revoked_at is not None


def test_an_expired_key_is_shown_but_not_brought_back(acme: Tenant, alice: APIClient) -> None:
    key = make_api_key(acme, expires_at=timezone.now() - HOUR)
    assert str(key.pk) in ids(alice)
    error_of(alice.patch(f"{URL}/{key.pk}", {"expiresAt": None}), 409)
    error_of(rotate(alice, key), 409)
    assert alice.delete(f"{URL}/{key.pk}").status_code == 204


def test_rotation_gives_a_like_key_beside_the_old_one(acme: Tenant, alice: APIClient) -> None:
    old = alice.post(URL, {"name": "Deploy", "role": "operator"}).json()["data"]
    answer = rotate(alice, ApiKey.objects.get(pk=old["id"]))
    assert answer.status_code == 201
    new = answer.json()["data"]
    assert set(new) == FIELDS | {"key"}
    assert (new["name"], new["role"], new["expiresAt"]) == ("Deploy", "operator", None)
    assert works(old["key"])
    assert works(new["key"])
    ends = ApiKey.objects.get(pk=old["id"]).expires_at
    assert ends is not None
    assert abs(ends - timezone.now() - 24 * HOUR) < dt.timedelta(minutes=1)


def test_without_an_overlap_the_old_key_ends_at_once(alice: APIClient) -> None:
    old = alice.post(URL, {"name": "Leaked"}).json()["data"]
    new = rotate(alice, ApiKey.objects.get(pk=old["id"]), overlapHours=0).json()["data"]
    assert not works(old["key"])
    assert works(new["key"])


def test_an_overlap_does_not_lengthen_the_old_keys_life(acme: Tenant, alice: APIClient) -> None:
    key = make_api_key(acme, expires_at=timezone.now() + HOUR)
    new = rotate(alice, key, overlapHours=720).json()["data"]
    assert ApiKey.objects.get(pk=key.pk).expires_at == key.expires_at
    ends = parse_datetime(new["expiresAt"])
    assert ends is not None
    assert abs(ends - timezone.now() - HOUR) < dt.timedelta(minutes=1)  # as long a life


def test_a_key_without_a_thinkable_end_is_rotated_to_one_that_has(
    acme: Tenant, alice: APIClient
) -> None:
    key = make_api_key(acme, expires_at=dt.datetime.max.replace(tzinfo=dt.UTC))
    assert rotate(alice, key).status_code == 201


def test_a_key_is_rotated_once(acme: Tenant, alice: APIClient) -> None:
    key = make_api_key(acme)
    new = rotate(alice, key).json()["data"]
    error_of(rotate(alice, key), 409)
    assert rotate(alice, ApiKey.objects.get(pk=new["id"])).status_code == 201


@pytest.mark.parametrize("hours", [-1, 721, "24", 1.5, True, None, 10**30])
def test_a_wrong_overlap_changes_nothing(acme: Tenant, alice: APIClient, hours: Any) -> None:
    key = make_api_key(acme)
    assert set(error_of(rotate(alice, key, overlapHours=hours), 400)["details"]) == {"overlapHours"}
    key.refresh_from_db()
    assert key.expires_at is None


def test_the_last_way_in_is_not_revoked_or_demoted(acme: Tenant, alice: APIClient) -> None:
    key = ApiKey.objects.get(tenant=acme)
    make_api_key(acme, Role.OPERATOR)
    make_api_key(acme, expires_at=timezone.now() - HOUR)
    make_member(acme)  # who has never signed in
    for refused in (
        alice.delete(f"{URL}/{key.pk}"),
        alice.patch(f"{URL}/{key.pk}", {"role": "operator"}),
    ):
        assert "administer" in error_of(refused, 409)["message"]
    assert ApiKey.objects.get(pk=key.pk) == key
    assert alice.patch(f"{URL}/{key.pk}", {"name": "Renamed"}).status_code == 200
    make_api_key(acme)
    assert alice.delete(f"{URL}/{key.pk}").status_code == 204


def test_the_last_way_in_is_not_let_end_within_a_day(acme: Tenant, alice: APIClient) -> None:
    key = ApiKey.objects.get(tenant=acme)
    soon = timezone.now() + dt.timedelta(seconds=2)
    error_of(alice.patch(f"{URL}/{key.pk}", {"expiresAt": soon.isoformat()}), 409)
    make_api_key(acme, expires_at=timezone.now() + HOUR)
    error_of(alice.delete(f"{URL}/{key.pk}"), 409)
    later = timezone.now() + dt.timedelta(days=2)
    assert alice.patch(f"{URL}/{key.pk}", {"expiresAt": later.isoformat()}).status_code == 200
    # What is about to end anyway is not in the way of what makes nothing worse.
    ApiKey.objects.update(expires_at=timezone.now() + HOUR)
    assert alice.patch(f"{URL}/{key.pk}", {"name": "Renamed"}).status_code == 200


def test_an_admin_who_has_signed_in_is_a_way_in(acme: Tenant, alice: APIClient) -> None:
    member = make_member(acme, last_sign_in_at=timezone.now())
    member.user.is_active = False
    member.user.save()
    key = ApiKey.objects.get(tenant=acme)
    error_of(alice.delete(f"{URL}/{key.pk}"), 409)
    member.user.is_active = True
    member.user.save()
    assert alice.delete(f"{URL}/{key.pk}").status_code == 204


def test_anothers_way_in_is_none_of_ours(acme: Tenant, stranger: Tenant) -> None:
    key = make_api_key(acme)
    make_api_key(stranger)
    make_member(stranger, last_sign_in_at=timezone.now())
    with pytest.raises(LastWayIn):
        keys.revoke(key)
