"""What one of the test processes, which run beside each other, has to itself."""

import os

WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))


def redis_url(database: int) -> str:
    """Return the address of one of the server's databases."""
    stem = os.environ["REDIS_URL"].partition("?")[0]
    if stem.startswith("unix:"):
        return f"{stem}?db={database}"
    return f"{stem.rpartition('/')[0]}/{database}"
