"""What followed from which prompts: undo, redo and whoever asks again are answered from here."""

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..crop import Crop
from ..intensity import IntensityWindow
from ..options import PredictOptions
from .bounded_cache import BoundedCache
from .decision import Decision, deciding
from .prompts_ijk import PromptsIJK

MOST_BYTES = 96 << 20
"""Some thirty clicks of the embedded model; a click that follows older ones computes them again."""


@dataclass(frozen=True, eq=False)
class State:
    """What is known of an object after a click.

    Attributes:
        crop: Where the last look was.
        window: Intensity window, chosen at the first prompt.
        mask_logits: (d, h, w) fused logits on the crop, what the next click is fed.
        fed_logits: The logits this click was fed, or None.
        was_logits: The logits on the same crop before this click, or None; it was fed the same
            with the borders that were shown (`edges`).
        decision: Whose prompts these are, latched.
        corrects: The step only adds to the mask before it or takes away from it.
        without: The prompts before, if an earlier mask changes only where the step is why.
        halfway_in: Window of the look that knew no mask before, if the logits are halfway between
            it and the one that did; None: they are not.
    """

    crop: Crop
    window: IntensityWindow | None
    mask_logits: NDArray[np.float32]
    fed_logits: NDArray[np.float32] | None
    was_logits: NDArray[np.float32] | None
    decision: Decision
    corrects: bool = False
    without: PromptsIJK | None = None
    halfway_in: IntensityWindow | None = None


class Memo:
    """The state after n steps of an object depends on those n alone, so it is kept by them."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._states: BoundedCache[State] = BoundedCache(most_bytes)

    def get(self, prompts: PromptsIJK, options: PredictOptions) -> State | None:
        """Return the state these prompts led to, if it is remembered."""
        return self._states.get(state_key(prompts, options))

    def put(self, prompts: PromptsIJK, options: PredictOptions, state: State) -> None:
        """Remember the state these prompts led to."""
        self._states.put(state_key(prompts, options), state)

    def clear(self) -> None:
        """Forget everything."""
        self._states.clear()


def state_key(prompts: PromptsIJK, options: PredictOptions) -> Hashable:
    """Return a key for everything that decides a state; `follow` and `decoder` come after it."""
    gate_click = options.gate_click if options.gate_click <= len(prompts) else 1
    return prompts.key, (deciding(options), options.fusion, gate_click)
