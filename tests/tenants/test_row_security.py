"""PostgreSQL itself shows a session only the rows of the tenant that it names."""

import os
from contextlib import closing
from typing import Any

import psycopg2
import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction
from django.db.models import Model

from integrations.models import Integration
from tenants.models import Tenant
from tenants.row_security import for_all_tenants, for_tenant
from tests.factories import make_action, make_check, make_connection, make_integration, make_tenant

OURS = ("tenants", "integrations", "connections", "healthchecks", "incidents")
WITHOUT_TENANT = {"DispatchState", "StatisticsState", "OwnOutage"}


def models() -> list[type[Model]]:
    return [
        model
        for app in OURS
        for model in apps.get_app_config(app).get_models()
        if model.__name__ not in WITHOUT_TENANT
    ]


def ask(statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall()) if cursor.description else []


@pytest.fixture
def acme(db: None) -> Tenant:
    tenant = make_tenant("Acme")
    integration = make_integration(tenant)
    make_action(integration)
    make_check(make_connection(integration))
    return tenant


@pytest.fixture
def stranger(db: None) -> Tenant:
    tenant = make_tenant("Stranger Things")
    make_integration(tenant)
    return tenant


@pytest.mark.django_db
def test_every_table_of_tenants_data_is_behind_the_wall() -> None:
    protected = {
        name
        for (name,) in ask(
            "SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity"
            " AND EXISTS (SELECT FROM pg_policy WHERE polrelid = pg_class.oid)"
        )
    }
    assert {model._meta.db_table for model in models()} - protected == set()


@pytest.mark.django_db
def test_the_role_that_works_owns_nothing_and_cannot_lift_the_wall() -> None:
    assert ask("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user") == [
        (False,)
    ]
    owned = "SELECT count(*) FROM pg_class WHERE pg_get_userbyid(relowner) = current_user"
    assert ask(owned) == [(0,)]
    with pytest.raises(DatabaseError, match="must be owner"), transaction.atomic():
        ask("ALTER TABLE connections DISABLE ROW LEVEL SECURITY")


def test_partitions_are_reached_only_through_their_table(acme: Tenant) -> None:
    [(partition,)] = ask("SELECT DISTINCT tableoid::regclass::text FROM health_checks")
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        ask(f"TABLE {partition}")


def test_who_names_no_tenant_sees_nothing_and_writes_nothing(acme: Tenant) -> None:
    with for_all_tenants(False):
        assert [model for model in models() if model._default_manager.exists()] == []
        assert Tenant.objects.update(name="Mine") == 0
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            make_tenant("Nobody's")


def test_a_tenant_sees_and_changes_its_own_rows_alone(acme: Tenant, stranger: Tenant) -> None:
    with for_tenant(stranger.pk):
        assert {row.tenant_id for row in Integration.objects.all()} == {stranger.pk}
        assert list(Tenant.objects.all()) == [stranger]
        assert Integration.objects.filter(tenant=acme).update(name="Mine") == 0
        assert Integration.objects.filter(tenant=acme).delete()[0] == 0
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            Integration.objects.create(tenant=acme, name="Planted", slug="planted")
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            Integration.objects.update(tenant=acme)
    assert Integration.objects.filter(tenant=acme).exists()


def test_what_is_in_force_ends_with_its_block(acme: Tenant, stranger: Tenant) -> None:
    with for_all_tenants(False):
        with for_tenant(acme.pk):
            with for_tenant(stranger.pk):
                assert list(Tenant.objects.all()) == [stranger]
            assert list(Tenant.objects.all()) == [acme]
            with for_all_tenants():
                assert {acme, stranger} <= set(Tenant.objects.all())
            assert list(Tenant.objects.all()) == [acme]
        assert not Tenant.objects.exists()
        with pytest.raises(ZeroDivisionError), for_tenant(acme.pk):
            _ = 1 / 0
        assert not Tenant.objects.exists()
        with for_all_tenants():
            assert {acme, stranger} <= set(Tenant.objects.all())
        assert not Tenant.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_is_over_leaves_no_tenant_behind() -> None:
    acme = make_tenant("Acme")
    with for_all_tenants(False):
        with for_tenant(acme.pk):
            assert Tenant.objects.count() == 1
        assert Tenant.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_broke_within_the_block_goes_on_to_nobody() -> None:
    make_tenant("Acme")
    with for_all_tenants(False):
        with for_all_tenants():
            [(pid,)] = ask("SELECT pg_backend_pid()")
            with closing(psycopg2.connect(os.environ["MIGRATION_DATABASE_URL"])) as owner:
                owner.cursor().execute("SELECT pg_terminate_backend(%s)", [pid])
        assert Tenant.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_a_connection_made_within_the_block_is_in_it_too() -> None:
    make_tenant("Acme")
    with for_all_tenants(False), for_all_tenants():
        connection.close()
        assert Tenant.objects.count() == 1
