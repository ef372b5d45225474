"""What calls to the outside may reach."""

from django.conf import settings

from egress.addresses import AddressPolicy


def address_policy() -> AddressPolicy:
    """Return what the operator lets calls reach."""
    return AddressPolicy(
        allowed_networks=settings.PROBE_ALLOWED_NETWORKS,
        allowed_endpoint=settings.DEMO_PROVIDER,
    )
