"""What holds for every test."""

import os

import pytest
from django.conf import settings

_FIRST_DATABASE = 2  # of Redis; 0 is the default, 1 the pipeline's


@pytest.fixture(scope="session", autouse=True)
def _a_redis_of_ones_own() -> None:
    """Test processes that run beside each other must not empty each other's live store."""
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    stem, _, _ = settings.REDIS_URL.partition("?")
    if stem.startswith("unix:"):
        settings.REDIS_URL = f"{stem}?db={_FIRST_DATABASE + number}"
    else:
        settings.REDIS_URL = f"{stem.rpartition('/')[0]}/{_FIRST_DATABASE + number}"
