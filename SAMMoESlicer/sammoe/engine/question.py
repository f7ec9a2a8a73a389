"""What one prediction is about, as its stages see it."""

from collections.abc import Callable
from dataclasses import dataclass

from ..intensity import IntensityWindow
from ..options import PredictOptions
from ..result import Result
from ..volume import Volume
from .prompts_ijk import PromptsIJK
from .stages import Stages


@dataclass(frozen=True, eq=False)
class Question:
    """One volume, the prompts so far, the options.

    Attributes:
        volume: Where.
        prompts: The prompts so far, in the volume's frame.
        options: The user's choices.
        window: Intensity window, None for SAM-Med3D's normalisation.
        stages: Timings and cancellation.
        preview: Shown what the first look at a new object drew, if that is sure enough; or None.
        is_ahead: Nobody asked yet.
    """

    volume: Volume
    prompts: PromptsIJK
    options: PredictOptions
    window: IntensityWindow | None
    stages: Stages
    preview: Callable[[Result], None] | None = None
    is_ahead: bool = False
