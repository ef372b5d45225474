"""A tenant as people name it on a command line."""

from tenants.models import Tenant
from tenants.scoping import read_id


def tenant_called(text: str) -> Tenant | None:
    """Return the tenant with this slug or id, or None."""
    found = Tenant.objects.filter(slug=text).first()
    if found is None and (pk := read_id(text)):
        found = Tenant.objects.filter(pk=pk).first()
    return found
