"""How a prediction is made: which expert, which threshold, which way to fuse."""

from dataclasses import dataclass
from enum import StrEnum

from .errors import PromptError

AUTO = "auto"
"""`PredictOptions.expert`: let the gate choose."""
PRECISIONS = ("auto", "float32", "bfloat16")
"""What a CPU may be asked to compute in."""
NO_EXPERT = "none"
"""`PredictOptions.expert`: the general decoder alone."""
GENERAL = "general"
"""The name of the general decoder and of its gate score, beside the experts' ids."""
GENERAL_COLOR = (0.36, 0.55, 0.94)
"""Red, green, blue of the general decoder wherever it is shown; experts bring their own."""


class Fusion(StrEnum):
    """How the general and the chosen expert's logits become one (paper 2.3 and its ablations)."""

    WEIGHTED = "weighted"
    AVERAGE = "average"
    SOFTMAX_AFTER = "softmax-after"


@dataclass(frozen=True)
class PredictOptions:
    """Choices that hold for one prediction and for the replay of all its clicks.

    Attributes:
        expert: "auto" (the gate), "none" (general decoder only) or the id of a pinned expert.
        tau: Threshold of the selector in [0, 1]; None takes what training calibrated.
        muted: Ids of experts the gate may not choose.
        gate_click: The click at which the gate decides; its decision then holds. 1 unless the
            user asked for a new decision later.
        follow: Continue over the crop's border where the object does.
        fusion: Anything but `WEIGHTED` is for evaluation.
        decoder: None for the fused mask; or "general" or an expert's id, whose own mask of the last
            click is wanted. Does not change what the next click builds on.

    Raises:
        PromptError: tau outside [0, 1] or gate_click below 1.
    """

    expert: str = AUTO
    tau: float | None = None
    muted: tuple[str, ...] = ()
    gate_click: int = 1
    follow: bool = False
    fusion: Fusion = Fusion.WEIGHTED
    decoder: str | None = None

    def __post_init__(self) -> None:
        if self.tau is not None and not 0.0 <= self.tau <= 1.0:
            raise PromptError(f"tau lies between 0 and 1, got {self.tau}")
        if self.gate_click < 1:
            raise PromptError(f"gate_click counts clicks from 1, got {self.gate_click}")
        object.__setattr__(self, "muted", tuple(self.muted))
        object.__setattr__(self, "fusion", Fusion(self.fusion))
