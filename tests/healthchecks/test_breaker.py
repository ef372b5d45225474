import datetime as dt

import pytest

from connections.status import CircuitState
from healthchecks.breaker import Circuit, after_call, state_for_probe
from healthchecks.evaluation import Call, CallResult
from healthchecks.status import FailureCause

NOW = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
PASSED = Call(result=CallResult.PASSED)
LIMITED = Call(result=CallResult.RATE_LIMITED)
FAILED = Call(result=CallResult.FAILED, cause=FailureCause.PROVIDER)


def minutes(count: float) -> dt.timedelta:
    return dt.timedelta(minutes=count)


def run(circuit: Circuit, call: Call | None, now: dt.datetime = NOW) -> Circuit:
    ran_in = state_for_probe(circuit, now=now, by_hand=False)
    return after_call(circuit, call, ran_in=ran_in, now=now)


def opened(openings: int = 1) -> Circuit:
    return Circuit(
        state=CircuitState.OPEN,
        failures=5,
        openings=openings,
        open_until=NOW,
        cause=FailureCause.PROVIDER,
    )


def test_it_opens_after_five_failures_in_a_row_for_five_minutes() -> None:
    circuit = Circuit()
    for _ in range(4):
        circuit = run(circuit, FAILED)
    assert circuit.state is CircuitState.CLOSED
    circuit = run(circuit, FAILED)
    assert circuit.state is CircuitState.OPEN
    assert circuit.open_until == NOW + minutes(5)
    assert circuit.cause is FailureCause.PROVIDER


def test_a_success_between_starts_the_count_anew() -> None:
    circuit = Circuit()
    for call in [FAILED] * 4 + [PASSED] + [FAILED] * 4:
        circuit = run(circuit, call)
    assert circuit.state is CircuitState.CLOSED


def test_a_429_between_neither_counts_nor_starts_anew() -> None:
    circuit = Circuit()
    for call in [FAILED] * 4 + [LIMITED] + [FAILED]:
        circuit = run(circuit, call)
    assert circuit.state is CircuitState.OPEN


def test_while_open_a_scheduled_probe_makes_no_call_and_a_manual_one_is_a_trial() -> None:
    before = NOW - minutes(1)
    assert state_for_probe(opened(), now=before, by_hand=False) is CircuitState.OPEN
    assert state_for_probe(opened(), now=before, by_hand=True) is CircuitState.HALF_OPEN


def test_after_the_pause_one_trial_is_let_through() -> None:
    assert state_for_probe(opened(), now=NOW, by_hand=False) is CircuitState.HALF_OPEN


def test_a_trial_that_passes_closes_it() -> None:
    assert run(opened(), PASSED) == Circuit()


@pytest.mark.parametrize(("openings", "pause"), [(1, 10), (2, 20), (3, 40), (4, 60), (9, 60)])
def test_a_trial_that_fails_doubles_the_pause_up_to_an_hour(openings: int, pause: int) -> None:
    circuit = run(opened(openings), FAILED)
    assert circuit.state is CircuitState.OPEN
    assert circuit.open_until == NOW + minutes(pause)


def test_an_inconclusive_trial_leaves_it_half_open() -> None:
    circuit = run(opened(), LIMITED)
    assert circuit.state is CircuitState.HALF_OPEN
    assert run(circuit, FAILED).open_until == NOW + minutes(10)


def test_a_probe_without_a_call_changes_nothing() -> None:
    for circuit in (Circuit(failures=3), opened()):
        assert run(circuit, None) == circuit
