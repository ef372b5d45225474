"""What can be said before a check fails: credentials that expire, and authorisations that ended."""

import datetime as dt

from django.db import transaction

from connections.models import Connection, Credential
from healthchecks.statements import execute, fetch
from notifications import connection_drafts as drafts
from notifications.models import ExpiryForecast
from notifications.planning import publish
from notifications.silence import SPEAKS

AHEAD = tuple(
    dt.timedelta(**length)
    for length in ({"days": 30}, {"days": 14}, {"days": 7}, {"days": 1}, {"hours": 1})
)
# An end that a provider tells anew with each answer moves by seconds: it is the same one.
SAME_END = dt.timedelta(hours=1)
_MOST = 500  # connections a transaction

# Tokens that are refreshed have no end that anybody has to know of.
_LEARN = """
INSERT INTO expiry_forecasts AS f (connection_id, tenant_id, expires_at, seen_at)
SELECT k.connection_id, k.tenant_id, k.expires_at, %(now)s
FROM credentials k LEFT JOIN expiry_forecasts f USING (connection_id)
WHERE k.expires_at > %(now)s AND k.refresh_due_at IS NULL
  AND (f.connection_id IS NULL
       OR k.expires_at NOT BETWEEN f.expires_at - %(same)s AND f.expires_at + %(same)s)
ORDER BY k.connection_id
ON CONFLICT (connection_id) DO UPDATE
SET expires_at = excluded.expires_at, seen_at = excluded.seen_at, told_ahead = NULL
"""
_FORGET = """
DELETE FROM expiry_forecasts f WHERE NOT EXISTS (
    SELECT FROM credentials k
    WHERE k.connection_id = f.connection_id AND k.expires_at IS NOT NULL
      AND k.refresh_due_at IS NULL
)
"""
# The nearest that has begun, as far as the credential's life is longer, and once each.
_DUE = f"""
SELECT f.connection_id, nearest.ahead
FROM expiry_forecasts f
JOIN connections c ON c.id = f.connection_id AND c.status <> 'disabled'
JOIN integrations i ON i.id = c.integration_id,
LATERAL (
    SELECT min(extract(epoch FROM length))::int AS ahead
    FROM unnest(%(ahead)s::interval[]) AS length
    WHERE f.expires_at - length <= %(now)s AND f.expires_at - length > f.seen_at
) AS nearest
WHERE f.expires_at > %(now)s AND nearest.ahead < coalesce(f.told_ahead, 'infinity'::float)
  AND {SPEAKS}
ORDER BY f.connection_id LIMIT %(most)s
"""  # noqa: S608 - made of constants
_ENDED = f"""
SELECT k.connection_id FROM credentials k
JOIN connections c ON c.id = k.connection_id AND c.status <> 'disabled'
JOIN integrations i ON i.id = c.integration_id
WHERE k.reauth_untold_since IS NOT NULL AND k.needs_reauth AND {SPEAKS}
ORDER BY k.connection_id LIMIT %(most)s FOR NO KEY UPDATE OF k SKIP LOCKED
"""  # noqa: S608 - made of constants


def foretell(now: dt.datetime) -> None:
    """Tell of credentials that will expire: 30, 14, 7 and 1 days and 1 hour ahead, each once.

    Those of which nobody is told now are told afterwards, as far as they still lie ahead.
    """
    execute(_LEARN, {"now": now, "same": SAME_END})
    execute(_FORGET)
    while _foretell_some(now):
        pass


def ask_for_persons(now: dt.datetime) -> None:
    """Tell of authorisations that their provider has ended. One query where there are none."""
    while _ask_for_some(now):
        pass


@transaction.atomic
def _foretell_some(now: dt.datetime) -> bool:
    """Return whether there was anything to tell."""
    due = dict(fetch(_DUE, {"now": now, "ahead": list(AHEAD), "most": _MOST}))
    rows = ExpiryForecast.objects.select_for_update(no_key=True).filter(pk__in=due)
    forecasts = list(rows.order_by("pk"))
    connections = Connection.objects.select_related("integration").in_bulk(due)
    for forecast in forecasts:
        forecast.told_ahead = due[forecast.pk]
    publish(
        [
            drafts.credential_expiring(
                connections[row.pk], row.expires_at, dt.timedelta(seconds=due[row.pk]), now
            )
            for row in forecasts
        ],
        now,
    )
    ExpiryForecast.objects.bulk_update(forecasts, ["told_ahead"])
    return bool(due)


@transaction.atomic
def _ask_for_some(now: dt.datetime) -> bool:
    """Return whether there was anything to tell."""
    ids = [pk for (pk,) in fetch(_ENDED, {"most": _MOST})]
    connections = Connection.objects.select_related("integration", "credential").in_bulk(ids)
    publish([drafts.needs_reauth(connection, now) for connection in connections.values()], now)
    Credential.objects.filter(pk__in=ids).update(reauth_untold_since=None)
    return bool(ids)
