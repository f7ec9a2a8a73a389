"""What an evaluation tries: which prompts, who answers, which expert belongs to which class."""

import zlib
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import SAMMoEError
from ..options import Fusion

MOST_CLICKS = 50
POINTS, BOX, BOX_AND_POINT, MASK = "points", "box", "box+point", "mask"
"""What a simulated user begins with: a click, a box, both, or an earlier mask with local errors."""
_BEGINNINGS = (POINTS, BOX, BOX_AND_POINT, MASK)
BASELINE, EXPERTS, MIXTURE = "baseline", "experts", "mixture"
"""Who answers: the general decoder, the expert whose task it is, or whom the gate chooses."""
EXPERT = "expert:"
"""`expert:ID`: this expert, whatever the task."""


@dataclass(frozen=True)
class Series:
    """A simulated user: what is begun with, then clicks.

    Attributes:
        begins: "points" or "box+point", whose first click lies in the object's middle; or "box" or
            "mask", which clicks follow.
        clicks: How many clicks there are.
    """

    begins: str
    clicks: int

    @property
    def name(self) -> str:
        """The series as the command line spells it."""
        return f"{self.begins}:{self.clicks}" if self.clicks else self.begins

    @property
    def counts(self) -> range:
        """After how many clicks there is a mask."""
        return range(1 if self.begins_in_the_middle else 0, self.clicks + 1)

    @property
    def begins_in_the_middle(self) -> bool:
        """Say whether the first mask follows a click in the object's middle."""
        return self.begins in (POINTS, BOX_AND_POINT)

    @property
    def begins_with_box(self) -> bool:
        """Say whether a box is drawn first."""
        return self.begins in (BOX, BOX_AND_POINT)


@dataclass(frozen=True)
class EvaluationPlan:
    """Everything a case is scored with; travels to other machines.

    Attributes:
        bundle: The bundle's folder, seen by every machine; None: the embedded one.
        device: Where the model runs.
        series: What the users do.
        modes: Who answers: "baseline", "experts", "mixture", "expert:ID".
        expert_of: Expert id by class name or label value; goes before what the data set says.
        nsd_mm: Tolerance of the surface Dice.
        ablations: Also average, and softmax after the choice (paper, Table 2).
        threads: Threads on a CPU; None: as many as torch takes.
        users: How many users try every case: the first begins in the very middle, the others a
            little off it, and each draws another box.
    """

    bundle: Path | None = None
    device: str = "auto"
    series: tuple[Series, ...] = (Series(POINTS, 6),)
    modes: tuple[str, ...] = (BASELINE, EXPERTS, MIXTURE)
    expert_of: dict[str, str] = field(default_factory=dict)
    nsd_mm: float = 2.0
    ablations: bool = True
    threads: int | None = None
    users: int = 1

    @property
    def everywhere(self) -> tuple[str, ...]:
        """Experts that answer whatever the task is."""
        return tuple(mode.removeprefix(EXPERT) for mode in self.modes if mode.startswith(EXPERT))

    @property
    def fusions(self) -> tuple[Fusion, ...]:
        """Ways to fuse that are tried."""
        if MIXTURE not in self.modes:
            return ()
        return tuple(Fusion) if self.ablations else (Fusion.WEIGHTED,)


def seed_of(case_name: str, user: int) -> int:
    """Return what decides a user's errors in one case: no two share them."""
    return zlib.crc32(f"{user} {case_name}".encode())


def parse_series(text: str) -> tuple[Series, ...]:
    """Return the series of `points:6,box,box:3,box+point:3,mask:3`.

    Raises:
        SAMMoEError: Not of this form.
    """
    found = []
    for word in text.split(","):
        kind, _, count = word.strip().partition(":")
        clicks = count or ("0" if kind == BOX else "1")
        if kind not in _BEGINNINGS or not clicks.isdecimal() or int(clicks) > MOST_CLICKS:
            raise SAMMoEError(
                f"'{word}' is no prompt; write points:6, box, box:3, box+point:3 or mask:3"
            )
        if kind != BOX and int(clicks) < 1:
            raise SAMMoEError(f"{kind}:0 asks for nothing; write {kind}:1 or more")
        found.append(Series(kind, int(clicks)))
    return tuple(dict.fromkeys(found))


def parse_modes(text: str) -> tuple[str, ...]:
    """Return the modes of `baseline,experts,expert:rib,mixture`.

    Raises:
        SAMMoEError: An unknown mode.
    """
    modes = tuple(dict.fromkeys(word.strip() for word in text.split(",")))
    for mode in modes:
        if mode not in (BASELINE, EXPERTS, MIXTURE) and not mode.startswith(EXPERT):
            raise SAMMoEError(f"'{text}': the modes are baseline, experts, expert:ID and mixture")
    return modes
