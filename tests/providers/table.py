"""What was made of each provider's answers, as lines of text."""

from collections.abc import Iterator, Mapping

# What is made of each case, and the status that it has unless its table says otherwise.
CASES: dict[str, tuple[str, int]] = {
    "good": ("passed", 200),
    "dead_token": ("credential", 401),
    "limited": ("limited", 403),
    "trouble": ("provider", 503),
    "rate_limited": ("rate_limited", 429),
}


def table(rows: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    """Yield the lines that show each provider's outcomes by case."""
    width = max(map(len, rows))
    yield " ".join(["provider".ljust(width), *(name.ljust(12) for name in CASES)])
    for slug, outcomes in sorted(rows.items()):
        shown = (outcomes.get(name, "-").ljust(12) for name in CASES)
        yield " ".join([slug.ljust(width), *shown]).rstrip()
        for name, outcome in outcomes.items():
            if name not in CASES:
                yield f"{'':{width}} {outcome.ljust(12)} {name}"
