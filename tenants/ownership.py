"""Two roles at the database: one owns the tables and migrates them, another works with them.

Where MIGRATION_DATABASE_URL is not given, they are the same.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection

_ROLE = ("USER", "PASSWORD", "HOST", "PORT")

# What the runtime role may do: work with rows, and call our functions. It is given nothing on the
# partitions, so that it reaches them through their table, which has the policy.
_GRANT = """
DO $$
DECLARE
    role text := %s;
    item record;
BEGIN
    EXECUTE format('GRANT USAGE ON SCHEMA public TO %%I', role);
    FOR item IN
        SELECT c.oid::regclass AS name, c.relkind AS kind FROM pg_class c
        WHERE c.relnamespace = 'public'::regnamespace AND NOT c.relispartition
          AND pg_get_userbyid(c.relowner) = current_user AND c.relkind IN ('r', 'p', 'S')
    LOOP
        IF item.kind = 'S' THEN
            EXECUTE format('GRANT USAGE, SELECT ON SEQUENCE %%s TO %%I', item.name, role);
        ELSIF item.name = 'public.django_migrations'::regclass THEN
            EXECUTE format('GRANT SELECT ON %%s TO %%I', item.name, role);
        ELSE
            EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %%s TO %%I', item.name, role);
        END IF;
    END LOOP;
    FOR item IN
        SELECT p.oid::regprocedure AS name FROM pg_proc p
        WHERE p.pronamespace = 'public'::regnamespace AND pg_get_userbyid(p.proowner) = current_user
    LOOP
        EXECUTE format('GRANT EXECUTE ON FUNCTION %%s TO %%I', item.name, role);
    END LOOP;
END $$
"""


@contextmanager
def as_owner() -> Iterator[None]:
    """Run the block with the owner's role. It connects anew, so not within a transaction."""
    own = {key: connection.settings_dict[key] for key in _ROLE}
    owners = {key: settings.DATABASE_OWNER[key] for key in _ROLE}
    if own == owners:
        yield
        return
    _connect_as(owners)
    try:
        yield
    finally:
        _connect_as(own)


def grant_to_runtime_role() -> None:
    """Give the runtime role what it needs of the owner's tables; to be called as the owner."""
    owner = settings.DATABASE_OWNER["USER"]
    if owner != settings.DATABASE_RUNTIME_ROLE:
        with connection.cursor() as cursor:
            cursor.execute(_GRANT, [settings.DATABASE_RUNTIME_ROLE])


def runtime_role_bypasses_row_security() -> bool:
    """Return whether the runtime role sees the rows of all tenants, whatever is set."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = %s",
            [settings.DATABASE_RUNTIME_ROLE],
        )
        return bool(cursor.fetchone()[0])


def _connect_as(role: dict[str, str]) -> None:
    connection.close()
    connection.settings_dict.update(role)
