"""What looks at a crop say."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .decision import Decision

Logits = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Answer:
    """What a look saw.

    Attributes:
        logits: (d, h, w) fused logits.
        decision: Whose prompts these are.
    """

    logits: Logits
    decision: Decision


@dataclass(frozen=True, eq=False)
class FirstLook:
    """What a first look saw.

    Attributes:
        extent_logits: (2, 3, BINS) distances, as parts of the crop's sides; see `model.extent`.
        decision: Whose prompts these seem to be.
    """

    extent_logits: NDArray[np.float32]
    decision: Decision
