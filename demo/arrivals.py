"""When requests arrived: exact times for rate tests, in memory that does not grow for ever."""

from array import array
from collections import Counter
from collections.abc import Sequence

LATEST = 200_000  # arrivals whose times are kept: 4 MB, a minute at the benchmark's rate
MAX_ACCOUNTS = 50_000  # accounts told apart; a bound for a client that invents paths
OTHERS = "(others)"  # the accounts beyond that bound


class Arrivals:
    """The count of all arrivals and the times of the latest; account None stands for every one."""

    def __init__(self, latest: int = LATEST) -> None:
        self.total = 0
        self.counts: Counter[str] = Counter()
        self._latest = latest
        self._numbers: dict[str, int] = {}
        self._accounts = array("L")
        self._monotonic = array("d")
        self._wall = array("d")

    def record(self, account: str, monotonic: float, wall: float) -> None:
        """Note one arrival; constant time. Times must not go back."""
        number = self._numbers.get(account)
        if number is None:
            if len(self._numbers) >= MAX_ACCOUNTS:
                account = OTHERS
            number = self._numbers.setdefault(account, len(self._numbers))
        self.counts[account] += 1
        if self.total < self._latest:
            self._accounts.append(number)
            self._monotonic.append(monotonic)
            self._wall.append(wall)
        else:
            place = self.total % self._latest
            self._accounts[place] = number
            self._monotonic[place] = monotonic
            self._wall[place] = wall
        self.total += 1

    def monotonic(self, account: str | None = None) -> list[float]:
        """Return the kept arrivals as `time.monotonic` seconds, oldest first."""
        return self._select(self._monotonic, account)

    def wall(self, account: str | None = None) -> list[float]:
        """Return the kept arrivals as seconds since 1970, oldest first."""
        return self._select(self._wall, account)

    def max_per_second(self, account: str | None = None) -> int:
        """Return the most arrivals within any second, among those kept."""
        return busiest_second(self.monotonic(account))

    def _select(self, times: "array[float]", account: str | None) -> list[float]:
        oldest = self.total % self._latest if self.total > self._latest else 0
        in_order = times[oldest:] + times[:oldest]
        if account is None:
            return in_order.tolist()
        wanted = self._numbers.get(account)
        accounts = self._accounts[oldest:] + self._accounts[:oldest]
        pairs = zip(in_order, accounts, strict=True)
        return [moment for moment, number in pairs if number == wanted]


def busiest_second(times: Sequence[float]) -> int:
    """Return the most of the ascending `times` in any half-open second [t, t + 1); linear."""
    most = first = 0
    for last, moment in enumerate(times):
        while moment - times[first] >= 1:
            first += 1
        most = max(most, last - first + 1)
    return most
