"""bin/bench CASE: runs one case and prints its figures. Without a case, lists them."""

import importlib
import pkgutil
import sys

import benchmarks

_PARTS = {"__main__", "machine", "formation", "population", "past"}  # of the cases, not cases


def main(arguments: list[str]) -> int:
    cases = sorted({m.name for m in pkgutil.iter_modules(benchmarks.__path__)} - _PARTS)
    if not arguments or arguments[0] not in cases:
        sys.stderr.write(f"Give a case: {', '.join(cases)}\n")
        return 2
    passed: bool = importlib.import_module(f"benchmarks.{arguments[0]}").main(arguments[1:])
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
