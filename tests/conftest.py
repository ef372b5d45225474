"""What holds for every test."""

import os

import pytest
from django.conf import settings

_FIRST_DATABASE = 1  # of Redis; 0 is the default


WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))


def redis_url(database: int) -> str:
    """Return the address of one of the server's databases."""
    stem = os.environ["REDIS_URL"].partition("?")[0]
    if stem.startswith("unix:"):
        return f"{stem}?db={database}"
    return f"{stem.rpartition('/')[0]}/{database}"


@pytest.fixture(scope="session", autouse=True)
def _a_redis_of_ones_own() -> None:
    """Test processes that run beside each other must not empty each other's live store."""
    settings.REDIS_URL = redis_url(_FIRST_DATABASE + WORKER)
