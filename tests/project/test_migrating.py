"""A database is brought up to this code, never used by code that is older than it."""

import pytest
from django.db.migrations.recorder import MigrationRecorder

from healthcheck_project.faults import StartFault
from healthcheck_project.migrating import refuse_newer_data


@pytest.mark.django_db
def test_a_database_of_this_version_is_fine() -> None:
    refuse_newer_data()


@pytest.mark.django_db
def test_a_database_of_a_newer_version_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    known = MigrationRecorder.applied_migrations

    def and_a_later_one(recorder: MigrationRecorder) -> dict[tuple[str, str], object]:
        return known(recorder) | {("tenants", "0099_from_the_future"): None}

    monkeypatch.setattr(MigrationRecorder, "applied_migrations", and_a_later_one)
    with pytest.raises(StartFault, match=r"newer Vitals .*tenants\.0099_from_the_future"):
        refuse_newer_data()
