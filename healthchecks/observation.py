"""What a probe saw: what travels from the event loop to the recorder."""

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from connections.status import CircuitState, CredentialState
from healthchecks.evaluation import Call


@dataclass(frozen=True, kw_only=True)
class Observation:
    """What a probe saw, before it is judged against the connection's history.

    `call` is None where none was made. `latency_ms` is the whole check; `finished` is on this
    process's monotonic clock. `refreshable`: another access token can be had. `broken` means that
    Vitals itself failed.
    """

    connection_id: UUID
    check_id: UUID
    config_version: int
    by_hand: bool
    credential: CredentialState
    credential_expires_at: dt.datetime | None
    circuit: CircuitState
    test_action_id: UUID | None
    call: Call | None
    latency_ms: int
    finished: float
    refreshable: bool = False
    broken: bool = False
