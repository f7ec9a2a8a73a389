"""How long a training takes on this computer: measured at its steps, kept for the next one."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace

from .JsonSetting import JsonSetting
from .WorkerSettings import Store

MEASURED_STEPS = 4
"""Steps after the first one, which also loads and warms up."""
TAIL_STEPS = 400
"""What comes after the last step (bodies, cuts, gate, measuring) in steps, until it was measured
once: on two cores, with the embedded model, it took as long as 390 of them."""
_KEY = "SAMMoE/TrainingPace"


@dataclass(frozen=True)
class TrainingPace:
    """Seconds on this computer.

    Attributes:
        stepS: Of one training step.
        tailS: Of everything after the last step; None while no training ended here.
    """

    stepS: float
    tailS: float | None = None

    def seconds(self, steps: int) -> float:
        """Return how long a training of so many steps takes."""
        tail = TAIL_STEPS * self.stepS if self.tailS is None else self.tailS
        return steps * self.stepS + tail


class PaceClock:
    """Measures a training's pace while it runs.

    Args:
        clock: Seconds, rising.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._first: tuple[int, float] | None = None
        self._last: tuple[int, float] | None = None

    def step(self, number: int) -> None:
        """A training step is done."""
        at = number, self._clock()
        self._first = self._first or at
        self._last = at

    @property
    def pace(self) -> TrainingPace | None:
        """What was measured; None before there were enough steps."""
        if self._first is None or self._last is None:
            return None
        steps = self._last[0] - self._first[0]
        if steps < MEASURED_STEPS:
            return None
        return TrainingPace((self._last[1] - self._first[1]) / steps)

    def ended(self) -> TrainingPace | None:
        """Return the pace of a training that has just ended, with what came after its steps."""
        pace = self.pace
        if pace is None or self._last is None:
            return None
        return replace(pace, tailS=self._clock() - self._last[1])


class KnownPaces:
    """The paces of earlier trainings, by the model's architecture.

    Args:
        store: Keeps them between sessions, QSettings.
    """

    def __init__(self, store: Store) -> None:
        self._setting = JsonSetting(store, _KEY)

    def of(self, architecture: str) -> TrainingPace | None:
        """Return what was measured; None where nothing was, or the settings make no sense."""
        try:
            values = self._setting.values()[architecture]
            tailS = values["tailS"]
            return TrainingPace(float(values["stepS"]), None if tailS is None else float(tailS))
        except (KeyError, TypeError, ValueError):
            return None

    def keep(self, architecture: str, pace: TrainingPace) -> None:
        """Remember a pace; what an earlier one knew of the tail stays."""
        known = self.of(architecture)
        if pace.tailS is None and known is not None:
            pace = replace(pace, tailS=known.tailS)
        self._setting.keep(architecture, asdict(pace))
