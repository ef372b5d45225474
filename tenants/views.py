"""The base of every endpoint that acts for a tenant."""

from api.views import ApiView


class TenantView(ApiView):
    """An endpoint that acts for the tenant of whoever calls."""
