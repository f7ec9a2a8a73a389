"""Time several ways of doing the same thing so that a busy machine disturbs all of them alike."""

import statistics
import time
from collections.abc import Callable, Mapping


def interleaved_medians(
    ways: Mapping[str, Callable[[], object]], *, rounds: int
) -> dict[str, float]:
    """Return the median seconds of each way; each round runs all of them, the first to warm up."""
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(rounds + 1):
        for name, run in ways.items():
            start = time.perf_counter()
            run()
            if turn:
                seconds[name].append(time.perf_counter() - start)
    return {name: statistics.median(values) for name, values in seconds.items()}


def verdict(what: str, value: float, limit: float, *, at_least: bool) -> bool:
    """Print a measured value beside its target; returns whether it was reached."""
    reached = value >= limit if at_least else value <= limit
    sign = ">=" if at_least else "<="
    print(f"  {what}: {value:.2f} (target {sign} {limit:g}) {'ok' if reached else 'MISSED'}")
    return reached
