"""For how long incidents are kept: as long as statistics are."""

from django.utils import timezone

from healthchecks.retention import STATISTICS_KEPT
from incidents.models import Incident, OwnOutage


def forget_old() -> int:
    """Delete what was over so long ago; return how many incidents and outages of our own."""
    oldest = timezone.now() - STATISTICS_KEPT
    incidents = Incident.objects.filter(resolved_at__lt=oldest)
    outages = OwnOutage.objects.filter(ended_at__lt=oldest)
    number = incidents.count() + outages.count()
    incidents.delete()
    outages.delete()
    return number
