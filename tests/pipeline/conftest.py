from collections.abc import Callable, Iterator

import pytest

from tests.pipeline.running import Caller, Vitals


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
