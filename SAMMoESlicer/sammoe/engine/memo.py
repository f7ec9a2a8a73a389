"""What followed from which prompts: undo and redo ask here, not the model."""

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..crop import Crop
from ..intensity import IntensityWindow
from ..model.selector import Selection
from ..options import PredictOptions
from ..prompts import PromptSet
from .bounded_cache import BoundedCache

MOST_BYTES = 96 << 20
"""About fifty clicks of the embedded model; a click that follows older ones computes them again."""


@dataclass(frozen=True, eq=False)
class State:
    """What is known of an object after a click.

    Attributes:
        crop: Where the last look was.
        window: Intensity window, chosen at the first prompt.
        low_res_logits: (d, h, w) fused logits on the crop, what the next click is fed.
        fed_logits: The logits this click was fed, or None.
        scores: The gate's scores, experts then 'general'.
        selection: Which expert, latched.
    """

    crop: Crop
    window: IntensityWindow | None
    low_res_logits: NDArray[np.float32]
    fed_logits: NDArray[np.float32] | None
    scores: tuple[float, ...]
    selection: Selection


class History:
    """A memo over prompt prefixes: the state after n of them depends on those n alone."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._states: BoundedCache[State] = BoundedCache(most_bytes, size_of=_state_bytes)

    def get(self, prompts: PromptSet, options: PredictOptions) -> State | None:
        """Return the state these prompts led to, if it is remembered."""
        return self._states.get(state_key(prompts, options))

    def put(self, prompts: PromptSet, options: PredictOptions, state: State) -> None:
        """Remember the state these prompts led to."""
        self._states.put(state_key(prompts, options), state)

    def clear(self) -> None:
        """Forget everything."""
        self._states.clear()


def state_key(prompts: PromptSet, options: PredictOptions) -> Hashable:
    """Return a key for everything that decides a state; `follow` and `view` come after it."""
    box = None if prompts.box_ras is None else prompts.box_ras.tobytes()
    mask = prompts.mask
    mask_key = mask and (mask.box_ijk.tobytes(), hash(np.packbits(mask.mask_kji).tobytes()))
    gate_click = options.gate_click if options.gate_click <= len(prompts) else 1
    return (
        prompts.points_ras.tobytes(),
        prompts.point_labels.tobytes(),
        box,
        mask_key,
        tuple(curve.identity for curve in prompts.curves),
        (options.expert, options.tau, options.muted, options.fusion, gate_click),
    )


def _state_bytes(state: State) -> int:
    fed = 0 if state.fed_logits is None else state.fed_logits.nbytes
    return state.low_res_logits.nbytes + fed + 1024
