"""Which of the slots that ended with a check had passed before a moment: SQL for coverage.

A check stores how many slots ended with it, and how many of them were missed. They lie an interval
apart up to the check, the missed ones first; after a stop of ours they reach back far beyond the
hour that counts them.
"""


def slots_of_check_before(moment: str) -> str:
    """Of a row of `health_checks`."""
    return f"""greatest(0, least(
        slots, slots - 1 - floor(extract(epoch FROM created_at - {moment}) / interval_seconds)
    ))::int"""


def slots_of_statistics_before(moment: str) -> str:
    """Of a row of statistics that begins at `moment` or after it."""
    return f"""CASE WHEN slots_since < {moment} THEN least(
        slots_before, ceil(extract(epoch FROM {moment} - slots_since) / slots_apart)
    )::int ELSE 0 END"""
