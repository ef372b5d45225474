"""A check understands what each provider of the catalogue answers."""

from collections.abc import Callable, Mapping

import pytest

from healthchecks.evaluation import Call
from integrations.catalogue import FOLDER
from tests.providers.playing import ANSWERS, REQUIRED, WAIT, cases_of, play

SLUGS = sorted(path.stem for path in FOLDER.glob("*.toml"))
Played = Mapping[tuple[str, str], Call | None]


@pytest.fixture(scope="module")
def played() -> Played:
    return play()


def outcome_of(call: Call | None) -> str:
    if call is None:
        return "no call"
    return call.cause.value if call.cause else call.result.value


def test_each_provider_has_its_cases() -> None:
    assert sorted(path.stem for path in ANSWERS.iterdir()) == SLUGS
    assert len(SLUGS) >= 90


@pytest.mark.parametrize("slug", SLUGS)
def test_each_answer_is_understood(
    slug: str, played: Played, record_property: Callable[[str, object], None]
) -> None:
    cases = {case.name: case for case in cases_of(slug)}
    outcomes = {name: outcome_of(played[slug, name]) for name in cases}
    record_property("outcomes", [slug, outcomes])
    assert set(cases) >= REQUIRED
    assert outcomes == {name: case.expect for name, case in cases.items()}
    limited = played[slug, "rate_limited"]
    assert limited is not None
    assert limited.retry_after == WAIT
