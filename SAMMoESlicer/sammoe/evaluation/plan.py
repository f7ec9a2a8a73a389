"""What a study tries: which prompts, which modes, which expert belongs to which class."""

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from ..errors import SAMMoEError
from ..options import Fusion

MOST_CLICKS = 50


class Mode(StrEnum):
    """Who answers."""

    BASELINE = "baseline"
    EXPERTS = "experts"
    MOE = "moe"


@dataclass(frozen=True)
class Series:
    """A simulated user: an optional box first, then clicks.

    Attributes:
        box: Whether a box is drawn first.
        clicks: How many clicks follow.
    """

    box: bool
    clicks: int

    @property
    def name(self) -> str:
        """The series as the command line spells it."""
        kind = "box" if self.box else "points"
        return f"{kind}:{self.clicks}" if self.clicks else kind

    @property
    def counts(self) -> range:
        """After how many clicks there is a mask."""
        return range(0 if self.box else 1, self.clicks + 1)


@dataclass(frozen=True)
class StudyPlan:
    """Everything a case is scored with; travels to other machines.

    Attributes:
        bundle: The bundle's folder, seen by every machine; None: the embedded one.
        device: Where the model runs.
        series: What the users do.
        modes: Who answers.
        expert_of: Expert id by class name or label value.
        nsd_mm: Tolerance of the surface Dice.
        ablations: Also average, and softmax after the choice (paper, Table 2).
        threads: Threads on a CPU; None: as many as torch takes.
        seed: Decides the boxes.
    """

    bundle: Path | None = None
    device: str = "auto"
    series: tuple[Series, ...] = (Series(False, 6),)
    modes: tuple[Mode, ...] = tuple(Mode)
    expert_of: dict[str, str] = field(default_factory=dict)
    nsd_mm: float = 2.0
    ablations: bool = True
    threads: int | None = None
    seed: int = 0

    @property
    def fusions(self) -> tuple[Fusion, ...]:
        """Ways to fuse that are tried."""
        if Mode.MOE not in self.modes:
            return ()
        return tuple(Fusion) if self.ablations else (Fusion.WEIGHTED,)


def parse_series(text: str) -> tuple[Series, ...]:
    """Return the series of `points:6,box,box:3`.

    Raises:
        SAMMoEError: Not of this form.
    """
    found = []
    for word in text.split(","):
        kind, _, count = word.strip().partition(":")
        clicks = count or ("0" if kind == "box" else "1")
        if kind not in ("points", "box") or not clicks.isdecimal() or int(clicks) > MOST_CLICKS:
            raise SAMMoEError(f"'{word}' is no prompt; write points:6, box or box:3")
        if kind == "points" and int(clicks) < 1:
            raise SAMMoEError("points:0 gives nothing to start from; write points:1 or more")
        found.append(Series(kind == "box", int(clicks)))
    return tuple(dict.fromkeys(found))


def parse_modes(text: str) -> tuple[Mode, ...]:
    """Return the modes of `baseline,experts,moe`.

    Raises:
        SAMMoEError: An unknown mode.
    """
    try:
        return tuple(dict.fromkeys(Mode(word.strip()) for word in text.split(",")))
    except ValueError as error:
        known = ", ".join(Mode)
        raise SAMMoEError(f"'{text}': the modes are {known}") from error
