"""How calls of one integration follow each other. Pure."""

import datetime as dt

# Calls leave a little under budget, since their ways to the provider differ in length: what left
# evenly does not arrive evenly, and the provider counts arrivals.
SHARE_OF_BUDGET = 0.9


def gap(requests_per_second: float) -> dt.timedelta:
    """Return the time between two calls of an integration with this budget."""
    return dt.timedelta(seconds=1 / (requests_per_second * SHARE_OF_BUDGET))
