"""Means with what another choice of patients would have given."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

RESAMPLES = 2000
SEED = 0


@dataclass(frozen=True)
class Estimate:
    """A mean over cases.

    Attributes:
        mean: Of all cases.
        spread: Standard deviation of the cases.
        low: Lower end of the 95 % interval over patients; None: too few patients.
        high: Its upper end.
        cases: How many.
        patients: Whose.
    """

    mean: float
    spread: float
    low: float | None
    high: float | None
    cases: int
    patients: int

    def __str__(self) -> str:
        """Return mean and interval, as tables have them."""
        if self.low is None or self.high is None:
            return f"{self.mean:.3f}"
        return f"{self.mean:.3f} [{self.low:.3f}, {self.high:.3f}]"


def estimate(values: Iterable[tuple[str, float]]) -> Estimate:
    """Return the mean of some numbers and its interval: patients are drawn with repeats.

    Args:
        values: Patient and number of every case, at least one.
    """
    pairs = list(values)
    numbers = np.array([number for _, number in pairs])
    names = sorted({patient for patient, _ in pairs})
    low, high = _interval(pairs, names) if len(names) > 1 else (None, None)
    return Estimate(float(numbers.mean()), float(numbers.std()), low, high, len(pairs), len(names))


def _interval(pairs: list[tuple[str, float]], names: list[str]) -> tuple[float, float]:
    place = {name: n for n, name in enumerate(names)}
    sums, counts = np.zeros(len(names)), np.zeros(len(names))
    for patient, number in pairs:
        sums[place[patient]] += number
        counts[place[patient]] += 1
    drawn = np.random.default_rng(SEED).integers(len(names), size=(RESAMPLES, len(names)))
    means = sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
    low, high = np.quantile(means, (0.025, 0.975))
    return float(low), float(high)
