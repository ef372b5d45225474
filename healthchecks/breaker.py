"""The circuit breaker of a connection. Pure: no database, no network, no clock of its own."""

import datetime as dt
from dataclasses import dataclass, replace
from typing import Protocol

from connections.status import CircuitState
from healthchecks.evaluation import Call, CallResult
from healthchecks.status import FailureCause

FAILURES_TO_OPEN = 5  # failed test actions in a row (product.md, "A probe", 2)
FIRST_PAUSE = dt.timedelta(minutes=5)  # doubles at each re-opening
LONGEST_PAUSE = dt.timedelta(minutes=60)
_MOST_COUNTED = 1_000  # a count that goes on for months must still fit its column


class CircuitRow(Protocol):
    """What a row that stores a circuit has."""

    @property
    def circuit_state(self) -> str: ...
    @property
    def circuit_failures(self) -> int: ...
    @property
    def circuit_openings(self) -> int: ...
    @property
    def circuit_open_until(self) -> dt.datetime | None: ...
    @property
    def circuit_cause(self) -> str: ...


@dataclass(frozen=True, kw_only=True)
class Circuit:
    """A connection's circuit. `failures` are in a row, `openings` since it was last closed;
    `open_until` and `cause` (of the failure that opened it) are None while it is closed."""

    state: CircuitState = CircuitState.CLOSED
    failures: int = 0
    openings: int = 0
    open_until: dt.datetime | None = None
    cause: FailureCause | None = None

    @classmethod
    def of(cls, row: CircuitRow) -> "Circuit":
        """Read a circuit off the row that stores it."""
        return cls(
            state=CircuitState(row.circuit_state),
            failures=row.circuit_failures,
            openings=row.circuit_openings,
            open_until=row.circuit_open_until,
            cause=FailureCause(row.circuit_cause) if row.circuit_cause else None,
        )


def state_for_probe(circuit: Circuit, *, now: dt.datetime, by_hand: bool) -> CircuitState:
    """Return the state that a probe runs in. In `open` it makes no call."""
    if circuit.state is not CircuitState.OPEN:
        return circuit.state
    over = circuit.open_until is None or now >= circuit.open_until
    return CircuitState.HALF_OPEN if over or by_hand else CircuitState.OPEN


def after_call(
    circuit: Circuit, call: Call | None, *, ran_in: CircuitState, now: dt.datetime
) -> Circuit:
    """Return the circuit after a probe that ran in the state `ran_in`.

    Without a call the circuit stays as it was; a call that says nothing (429) leaves a trial open.
    """
    if call is None or ran_in is CircuitState.OPEN:
        return circuit
    if call.result is CallResult.RATE_LIMITED:
        return replace(circuit, state=ran_in)
    if call.result is not CallResult.FAILED:
        return Circuit()
    failures = min(circuit.failures + 1, _MOST_COUNTED)
    if ran_in is CircuitState.CLOSED and failures < FAILURES_TO_OPEN:
        return replace(circuit, failures=failures)
    return Circuit(
        state=CircuitState.OPEN,
        failures=failures,
        openings=min(circuit.openings + 1, _MOST_COUNTED),
        open_until=now + min(FIRST_PAUSE * 2 ** min(circuit.openings, 10), LONGEST_PAUSE),
        cause=call.cause,
    )
