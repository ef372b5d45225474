"""How long notices are kept, with the log of their deliveries."""

import datetime as dt

from django.utils import timezone

from api.ids import lowest_id
from notifications.models import Notice, NotificationDelivery

KEPT = dt.timedelta(days=90)


def forget_old() -> int:
    """Delete notices older than 90 days, with their deliveries; return how many."""
    oldest = lowest_id(timezone.now() - KEPT)
    NotificationDelivery.objects.filter(notice__lt=oldest).delete()
    return Notice.objects.filter(pk__lt=oldest).delete()[0]
