"""Time several ways of doing the same thing so that a busy machine disturbs all of them alike."""

import json
import os
import statistics
import time
from collections.abc import Callable, Mapping, Sequence

RECORD = "SAMMOE_BENCH_RECORD"
"""Environment variable: the file that figures are added to, one JSON object a line."""


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


def verdict(what: str, value: float, limit: float, *, at_least: bool, goal: int = 0) -> bool:
    """Print a measured value beside its target; returns whether it was reached."""
    value = float(value)
    reached = bool(value >= limit if at_least else value <= limit)
    sign = ">=" if at_least else "<="
    digits = 4 if abs(value) < 10 and "Dice" in what else 2
    print(f"  {what}: {value:.{digits}f} (goal {sign} {limit:g}) {'met' if reached else 'MISSED'}")
    _record(what=what, value=value, target=f"{sign} {limit:g}", met=reached, goal=goal)
    return reached


def tell(what: str, value: float, unit: str = "", *, goal: int = 0) -> None:
    """Print a measured value without a target."""
    print(f"  {what}: {value:.4g} {unit}".rstrip())
    _record(what=what, value=float(value), unit=unit, goal=goal)


def series(what: str, across: str, places: Sequence[float], values: Sequence[float], unit: str):
    """Print a curve: how something grows."""
    pairs = ", ".join(f"{at:g}: {value:.3g}" for at, value in zip(places, values, strict=True))
    print(f"  {what} [{unit}] by {across}: {pairs}")
    _record(what=what, across=across, places=list(places), values=list(values), unit=unit)


def left_out(what: str, why: str) -> None:
    """Say what was not measured, and why; that fails nothing."""
    print(f"  {what}: left out, {why}")
    _record(what=what, left_out=why)


def _record(**figure) -> None:
    if RECORD in os.environ:
        with open(os.environ[RECORD], "a", encoding="utf-8") as file:
            file.write(json.dumps(figure) + "\n")
