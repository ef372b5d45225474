"""Which incidents a list shows, and what is said of them."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Now
from rest_framework import serializers

from api.pagination import ListQuery, Query
from healthchecks.events import happened_between
from healthchecks.listing import TimeSpan
from incidents.models import Incident
from integrations.models import Integration


class IncidentQuery(TimeSpan, ListQuery):
    """The filters and the page."""

    state = serializers.ChoiceField(choices=["open", "resolved"], required=False)
    integration_id = serializers.UUIDField(required=False)


def chosen(incidents: QuerySet[Incident], query: Query) -> QuerySet[Incident]:
    """Return the incidents that the query's filters leave."""
    incidents = happened_between(incidents, "opened_at", query)
    if "state" in query:
        incidents = incidents.filter(resolved_at__isnull=query["state"] == "open")
    if "integration_id" in query:
        incidents = incidents.filter(integration=query["integration_id"])
    return incidents


def with_integrations(rows: Sequence[Any]) -> Sequence[Any]:
    """Return these incidents with their integrations at hand. One query, and no join: the planner
    cannot see through row security."""
    integrations = Integration.objects.in_bulk({row.integration_id for row in rows})
    shown = [row for row in rows if row.integration_id in integrations]
    for row in shown:
        row.integration = integrations[row.integration_id]
    return shown


def acknowledge(incident: Incident, actor: str) -> None:
    """Note who has seen an incident, open or resolved. Whoever was first stays."""
    unseen = Incident.objects.filter(pk=incident.pk, acknowledged_at=None)
    longest = Incident._meta.get_field("acknowledged_by").max_length
    unseen.update(acknowledged_at=Now(), acknowledged_by=actor[:longest])
