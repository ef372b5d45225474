"""The state behind the simulated provider: who is treated how, and what has arrived."""

from collections import deque

from demo.arrivals import Arrivals
from demo.behaviour import FINE, UNAUTHORIZED, Behaviour, preset
from demo.request import Request

DETAILED = 10_000  # requests kept whole; of more, only the times are


class Simulation:
    """Behaviours by account and the record of arrivals. Any thread may change and read it."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget what was set and what arrived; the presets remain."""
        self._behaviours: dict[str, Behaviour] = {}
        self.requests: deque[Request] = deque(maxlen=DETAILED)
        self.arrivals = Arrivals()
        self.connections = 0  # accepted, whether or not a request came

    def set(self, account: str, behaviour: Behaviour) -> None:
        """Treat requests of this account, or with this credential, so from now on."""
        self._behaviours[account] = behaviour

    def record(self, request: Request) -> None:
        """Note that a request arrived."""
        self.requests.append(request)
        self.arrivals.record(request.account, request.monotonic, request.wall)

    def behaviour_for(self, request: Request) -> Behaviour:
        """Choose the treatment: what was set before what is preset, the credential's first."""
        account, wall = request.account, request.wall
        secret = (request.credential or "").rpartition(":")[2]
        chosen = (
            self._behaviours.get(secret)
            or self._behaviours.get(account)
            or preset(secret, wall)
            or preset(account.partition("-")[0], wall)  # slow-2 is slow, with counts of its own
            or FINE
        )
        if chosen.token is not None and chosen.token not in (request.credential, secret):
            return UNAUTHORIZED
        return chosen

    def count(self, account: str | None = None) -> int:
        """Return how many requests have arrived since the last reset; None: of all accounts."""
        return self.arrivals.total if account is None else self.arrivals.counts[account]

    def max_per_second(self, account: str | None = None) -> int:
        """Return the most requests that arrived within any second; None: of all accounts."""
        return self.arrivals.max_per_second(account)
