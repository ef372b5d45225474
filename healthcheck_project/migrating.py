"""Brings the database to this code's migrations, one process at a time, and never backwards."""

import os
import sys

import django
from django.core.management import call_command
from django.db import OperationalError, connection
from django.db.migrations.loader import MigrationLoader

from healthcheck_project.faults import StartFault

# Any number, the same for all: several machines may start at once.
ADVISORY_LOCK = 0x56_49_54_41_4C_53


def refuse_newer_data() -> None:
    """Raises StartFault when a later Vitals has migrated this database."""
    loader = MigrationLoader(connection)
    known = set(loader.disk_migrations)
    replaced = {old for migration in loader.disk_migrations.values() for old in migration.replaces}
    unknown = sorted(set(loader.applied_migrations) - known - replaced)
    if unknown:
        names = ", ".join(f"{app}.{name}" for app, name in unknown)
        raise StartFault(
            f"The database was made by a newer Vitals (it has the migration {names}): "
            "run that version, or use another database or DATA_DIR"
        )


def migrate() -> None:
    """Raises StartFault for what a person can mend."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [ADVISORY_LOCK])
    except OperationalError as error:
        raise StartFault(f"The database cannot be reached: {first_line(error)}") from None
    try:
        refuse_newer_data()
        call_command("migrate", interactive=False, verbosity=1)
    finally:
        connection.close()  # and with it the lock


def first_line(error: Exception) -> str:
    """The part of a driver's message that a person needs."""
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "healthcheck_project.settings")
    django.setup()
    from tenants.ownership import as_owner  # needs the settings

    try:
        with as_owner():
            migrate()
    except StartFault as fault:
        sys.stderr.write(f"vitals: {fault}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
