from collections.abc import Callable, Iterator

import pytest

from demo.provider import SimulatedProvider
from tests.pipeline.running import Caller, Vitals


@pytest.fixture(scope="session")
def vitals(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vitals]:
    """Vitals with all its processes, for the whole session; tests keep apart by their tenants."""
    with Vitals(tmp_path_factory.mktemp("vitals")) as running:
        yield running


@pytest.fixture
def provider() -> Iterator[SimulatedProvider]:
    with SimulatedProvider.in_thread() as running:
        yield running


@pytest.fixture
def new_tenant(vitals: Vitals) -> Iterator[Callable[[str], Caller]]:
    """Make tenants that are checked no more once the test is over."""
    made: list[Caller] = []

    def make(name: str) -> Caller:
        made.append(vitals.tenant(name))
        return made[-1]

    yield make
    for tenant in made:
        vitals.retire(tenant)
