"""The second wall between tenants: PostgreSQL itself shows the rows of one tenant alone.

Every table of tenants' data has a policy that compares its tenant with the setting `app.tenant`,
and admits all rows while `app.system` is on. Where neither is set, no row is there. `for_tenant`,
`for_all_tenants` and `act_for_all_tenants` are the only places that set them.

The role that Vitals runs with must not be a superuser and must not have BYPASSRLS
(docs/operations.md, "Two roles").
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from uuid import UUID

from django.db import DatabaseError, connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations import RunSQL
from django.http import HttpRequest, HttpResponseBase

_SET = "SELECT set_config('app.tenant', %s, %s), set_config('app.system', %s, %s)"
_READ = "SELECT current_setting('app.tenant', true), current_setting('app.system', true)"

# The settings are read once a statement, not once a row: hence the SELECTs. A CASE, not an OR: the
# planner takes half of the rows to pass it, where it would take an OR to let one in 200 pass, and
# then join the many rows of a worker's statement as if they were few.
_PROTECT = """
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON {table} USING (
    CASE WHEN (SELECT current_setting('app.system', true)) = 'on' THEN true ELSE {owned} END
);
"""
_EXPOSE = """
DROP POLICY tenant ON {table};
ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY;
ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;
"""
_OWNED = "{column} = (SELECT nullif(current_setting('app.tenant', true), '')::uuid)"

_process_acts_for_all = False
# None: as the process does. A variable of the context, so that each thread has its own.
_acts_for_all: ContextVar[bool | None] = ContextVar("acts_for_all", default=None)


@contextmanager
def for_tenant(tenant_id: UUID) -> Iterator[None]:
    """Run the block in a transaction that sees one tenant's rows, and can write no others.

    The settings end with the transaction. Two round trips more than the block has.
    """
    with transaction.atomic():
        # Within an outer transaction they would outlive the block.
        before = _read() if connection.savepoint_ids else None
        _set(tenant=str(tenant_id), system="", local=True)
        yield
        if before is not None:
            _set(**before, local=True)


@contextmanager
def for_all_tenants(wanted: bool = True) -> Iterator[None]:
    """Run the block with the rows of all tenants in sight; not `wanted`: of none.

    For what cannot know its tenant yet, such as the look-up of an API key, and for the admin.
    Transactions are the block's own.
    """
    token = _acts_for_all.set(wanted)
    # Within a transaction the tenant may be named that its rest is for.
    before = _read() if connection.in_atomic_block else None
    try:
        _tell()
        yield
    finally:
        _acts_for_all.reset(token)
        try:
            _tell()
            if before is not None:
                _set(**before, local=True)
        except DatabaseError:
            connection.close()  # it must not go on to somebody else


def act_for_all_tenants() -> None:
    """Let this process act for all tenants from now on: a worker, or a command."""
    global _process_acts_for_all
    _process_acts_for_all = True
    _tell()


class AdminActsForAllTenants:
    """Middleware: whoever runs this installation sees all tenants in the admin."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path.startswith("/admin/"):
            return self._get_response(request)
        with for_all_tenants():
            return self._get_response(request)


def protect(table: str, *, column: str = "tenant_id", owned: str = "") -> RunSQL:
    """Return the migration that puts a table behind the wall.

    `column` holds a row's tenant; where there is none, `owned` is a condition that says whether
    the row may be seen.
    """
    condition = owned or _OWNED.format(column=column)
    return RunSQL(_PROTECT.format(table=table, owned=condition), _EXPOSE.format(table=table))


def tell_new_connection(connection: BaseDatabaseWrapper, **_: Any) -> None:
    """Django's `connection_created`: a connection begins as its thread is."""
    if connection.alias == "default":
        _tell()


def _tell() -> None:
    """Bring the session in line with this thread. A connection to come is told when it is made."""
    if connection.connection is not None:
        own = _acts_for_all.get()
        acts_for_all = _process_acts_for_all if own is None else own
        _set(tenant="", system="on" if acts_for_all else "", local=False)


def _set(*, tenant: str, system: str, local: bool) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_SET, [tenant, local, system, local])


def _read() -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute(_READ)
        tenant, system = cursor.fetchone()
        return {"tenant": tenant or "", "system": system or ""}
