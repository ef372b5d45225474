"""Jobs for the probe, without a database."""

import datetime as dt
from typing import Any

from api.ids import new_id
from connections.status import CredentialState
from healthchecks.preparation import Job


def make_job(**fields: Any) -> Job:
    """Return a job of a connection of its own, due at once, with a credential that lives."""
    usual: dict[str, Any] = {
        "connection_id": new_id(),
        "check_id": new_id(),
        "integration_id": new_id(),
        "config_version": 1,
        "by_hand": False,
        "wait": dt.timedelta(),
        "gap": 0,
        "credential": CredentialState.ACTIVE,
    }
    return Job(**usual | fields)
