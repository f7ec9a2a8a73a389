"""Views with objects to segment, and where they come from: one protocol for every source."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from torch import Tensor


@dataclass(frozen=True, eq=False)
class ViewBatch:
    """Views with several objects each.

    Attributes:
        patches: (V, 1, n, n, n) float32 in [-1, 1].
        masks: (R, n, n, n) bool, one object per row.
        rows: (R,) int64, the view of every object.
        kinds: (R,) what sort of object each is.
        tissue: (V, n, n, n) uint8, the sort of every voxel, `OUTSIDE` beyond the scene; None
            where it is not known.
        objects: (V, n, n, n) uint8, the scene's label of every voxel, of prompted objects and
            others; None where it is not known.
        ignored: (R, n, n, n) bool, where nobody annotated; None: nowhere.
    """

    patches: Tensor
    masks: Tensor
    rows: Tensor
    kinds: NDArray[np.int64]
    tissue: Tensor | None = None
    objects: Tensor | None = None
    ignored: Tensor | None = None


class ViewSource(Protocol):
    """Gives views of objects to segment; the same random state always gives the same views."""

    def sample(self, rng: np.random.Generator, *, views: int, objects: int, size: int) -> ViewBatch:
        """Return `views` patches of `size`^3 voxels with `objects` objects each."""
