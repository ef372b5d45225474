"""`create_tenant`: a tenant and its key, or one line that says what is wrong."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tenants.models import ApiKey, Role, Tenant


def _run(*arguments: str) -> str:
    out = StringIO()
    call_command("create_tenant", *arguments, stdout=out)
    return out.getvalue()


@pytest.mark.django_db
def test_the_json_has_a_key_that_opens_the_tenant_as_admin() -> None:
    answer = json.loads(_run("Acme", "--json"))
    key = ApiKey.objects.presented(answer["apiKey"])
    assert set(answer) == {"tenantId", "name", "apiKey"}
    assert key is not None
    assert (str(key.tenant_id), key.tenant.name, key.role) == (
        answer["tenantId"],
        "Acme",
        Role.ADMIN,
    )


@pytest.mark.django_db
def test_people_are_told_to_keep_the_key() -> None:
    told = _run("Zoë & Söhne")
    assert str(Tenant.objects.get(name="Zoë & Söhne").pk) in told
    assert "cannot be shown again" in told


@pytest.mark.django_db
def test_two_of_a_name_are_told_apart_by_their_slugs() -> None:
    _run("Acme")
    _run("Acme")
    assert set(Tenant.objects.values_list("slug", flat=True)) == {"acme", "acme-2"}


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["", "   ", "x" * 201, "a\nb", "a\udcff"])
def test_a_bad_name_is_refused_in_one_line(name: str) -> None:
    with pytest.raises(CommandError) as refusal:
        _run(name)
    assert str(refusal.value).startswith("The name ")
    assert "\n" not in str(refusal.value)
    assert not Tenant.objects.exists()
