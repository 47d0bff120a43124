"""Summarise delays that a browser measured."""

import statistics
from collections.abc import Sequence


def summarise(delays: Sequence[float], repeated: str) -> str:
    """Return the median and the 95th percentile of some delays in ms, and how many there were.

    Args:
        delays: in ms, at least one.
        repeated: what was repeated, for example "strokes".
    """
    p95 = sorted(delays)[round(0.95 * (len(delays) - 1))]
    return f"median {statistics.median(delays):.0f} ms, 95% within {p95:.0f} ms ({len(delays)} {repeated})"
