"""Which connections are in maintenance: one condition, for statements of many rows and for one.

All of it is SQL: `covered` and `maintenance_until` name a row of `connections` by its alias.
"""

import datetime as dt

from django.db.models import DateTimeField
from django.db.models.expressions import RawSQL

from connections.models import Connection

_NOW = "statement_timestamp()"

_GOES_ON = "mw.current_ends_at > {moment} AND mw.current_starts_at <= {moment}"
_COVERS = f"""
    FROM maintenance_windows mw, integrations mi
    WHERE mw.tenant_id = {{connection}}.tenant_id AND mi.id = {{connection}}.integration_id
      AND {_GOES_ON} AND (
        mw.integration_ids = '{{{{}}}}' AND mw.connection_ids = '{{{{}}}}' AND mw.tags = '{{{{}}}}'
        OR {{connection}}.id = ANY(mw.connection_ids)
        OR mi.id = ANY(mw.integration_ids)
        OR mw.tags && {{connection}}.tags OR mw.tags && mi.tags
      )
"""
# Whether any window goes on is asked once a statement: mostly none does.
_COVERED = f"""(
    EXISTS (SELECT FROM maintenance_windows mw WHERE {_GOES_ON})
    AND EXISTS (SELECT {_COVERS})
)"""
_UNTIL = f"(SELECT max(mw.current_ends_at) {_COVERS})"


def covered(connection: str, moment: str = _NOW) -> str:
    """Return the condition that a connection is in maintenance.

    `moment`, SQL too, is not long past: what is over is not known any more.
    """
    return _COVERED.format(connection=connection, moment=moment)


def maintenance_until() -> RawSQL:
    """Return when the maintenance of the connections of a query ends; NULL: it has none now."""
    sql = _UNTIL.format(connection=Connection._meta.db_table, moment=_NOW)
    return RawSQL(sql, (), output_field=DateTimeField())  # noqa: S611 - our own words


def in_maintenance_until(connection: Connection) -> dt.datetime | None:
    """Return when the maintenance of a connection ends; None: it has none now. One query."""
    rows = Connection.objects.filter(pk=connection.pk).annotate(until=maintenance_until())
    found: dt.datetime | None = rows.values_list("until", flat=True).first()
    return found
