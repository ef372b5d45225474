"""Django's `migrate`, as the role that owns the tables."""

from typing import Any

from django.core.management.commands import migrate

from tenants.ownership import (
    as_owner,
    grant_to_runtime_role,
    runtime_role_bypasses_row_security,
)
from tenants.row_security import for_all_tenants

_WARNING = (
    "The database role of Vitals is a superuser or has BYPASSRLS, so row security does not hold"
    " for it: give it an ordinary role (docs/operations.md, 'Two roles')."
)


class Command(migrate.Command):
    """Migrates, then gives the role that Vitals runs with what it needs."""

    def handle(self, *args: Any, **options: Any) -> None:
        with as_owner(), for_all_tenants():
            super().handle(*args, **options)
            grant_to_runtime_role()
            if runtime_role_bypasses_row_security():
                self.stderr.write(self.style.WARNING(_WARNING))
