"""What connections that fail together have in common: a provider's trouble, or our network's."""

import datetime as dt

from django.db import models

from api.ids import new_id
from connections.models import Connection
from healthchecks.status import FailureCause
from integrations.models import Integration
from tenants.models import Tenant

LEAST_ORGANISATIONS = 5  # a smaller number could tell who else is a customer


class IncidentCause(models.TextChoices):
    """The failure causes that make incidents: those that a tenant's own doing is not behind."""

    PROVIDER = FailureCause.PROVIDER.value, "Provider"
    NETWORK = FailureCause.NETWORK.value, "Network"


class Incident(models.Model):
    """Connections of one integration that began to fail together. At most one is open for each.

    `started_at` is when the first of them failed, `opened_at` when that was found to be no chance.
    `wider` says that other organisations see it too, `organisations` how many of them altogether:
    5 at least, else None. Also an outbox: whoever tells people about it sets `processed_at`, and
    the end of the incident clears it.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")
    integration = models.ForeignKey(Integration, on_delete=models.CASCADE, related_name="incidents")
    provider = models.CharField(max_length=80, blank=True, db_default="")
    cause = models.CharField(max_length=20, choices=IncidentCause.choices)
    started_at = models.DateTimeField()
    opened_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True, blank=True)
    wider = models.BooleanField(db_default=False)
    organisations = models.PositiveIntegerField(null=True)
    connections_affected = models.PositiveIntegerField(db_default=0)
    connections_down = models.PositiveIntegerField(db_default=0)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    # The name of the person, or of the API key, as it was then.
    acknowledged_by = models.CharField(max_length=200, blank=True, db_default="")
    processed_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        db_table = "incidents"
        constraints = (
            models.UniqueConstraint(
                fields=("tenant", "integration"),
                condition=models.Q(resolved_at__isnull=True),
                name="one_open_incident_per_integration",
            ),
            models.CheckConstraint(
                condition=models.Q(organisations=None)
                | models.Q(organisations__gte=LEAST_ORGANISATIONS),
                name="no_incident_tells_of_fewer_than_5_organisations",
            ),
        )
        indexes = (
            # The tenant's incidents, newest first.
            models.Index(fields=("tenant", "-id"), name="incidents_tenant"),
            # What is still to be told.
            models.Index(
                fields=("id",),
                name="incidents_unprocessed",
                condition=models.Q(processed_at__isnull=True),
            ),
        )

    def __str__(self) -> str:
        return f"Incident since {self.started_at:%Y-%m-%d %H:%M:%S}"


class IncidentConnection(models.Model):
    """A connection that an incident affects.

    `failed_at` is when it first failed in it, `recovered_at` when it last stopped failing for such
    a cause, or was no longer checked; None: it fails.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+", db_index=False)
    incident = models.ForeignKey(
        Incident, on_delete=models.CASCADE, related_name="affected", db_index=False
    )
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+")
    failed_at = models.DateTimeField()
    recovered_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "incident_connections"
        constraints = (
            models.UniqueConstraint(
                fields=("incident", "connection"), name="connection_once_per_incident"
            ),
        )

    def __str__(self) -> str:
        return f"{self.connection_id} in {self.incident_id}"


class OwnOutage(models.Model):
    """A time in which nearly everything failed: our own network's trouble, not the providers'.

    `noticed_at` is when that was found. Operators are told twice, of its beginning and its end:
    whoever is about to holds a lease, and then notes that it is done.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    started_at = models.DateTimeField()
    noticed_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    connections = models.PositiveIntegerField()
    hosts = models.PositiveIntegerField()
    told_start_at = models.DateTimeField(null=True, editable=False)
    told_end_at = models.DateTimeField(null=True, editable=False)
    telling_until = models.DateTimeField(null=True, editable=False)

    class Meta:
        db_table = "own_outages"

    def __str__(self) -> str:
        return f"Own outage since {self.started_at:%Y-%m-%d %H:%M:%S}"

    def lasts_at(self, moment: dt.datetime) -> bool:
        return self.ended_at is None or self.ended_at >= moment
