"""Views with objects to segment, and where they come from: one protocol for every source."""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..options import GENERAL

NO_TISSUE = 255
"""Sort of places beyond the volume."""


@dataclass(frozen=True, eq=False)
class ViewBatch:
    """Views with several objects each.

    Attributes:
        patches: (V, 1, n, n, n) float32 in [-1, 1].
        masks: (R, n, n, n) bool, one object per row.
        rows: (R,) int64, the view of every object.
        kinds: (R,) what sort of object each is.
        tissue: (V, n, n, n) uint8, the sort of every voxel, `NO_TISSUE` beyond the volume; None
            where it is not known.
        objects: (V, n, n, n), the map's label of every voxel, of prompted objects and others;
            None where it is not known.
        context: (V, 4) mm between the patch's voxels along each axis, and 1 for CT, else 0; None
            where it is not known.
        bounds: (R, 2, 3) low and high faces of every whole object, patch ijk, also beyond the
            patch; NaN where they are not known.
        boxes: (R, 2, 3) the box that somebody drew around each object, patch ijk, where the views
            lie around boxes; None: nobody did.
        at_click: (R,) bool, the view is the product's first look: the click lies in its middle.
        ignored: (R, n, n, n) bool, where nobody annotated; None: nowhere.
        owner: Whose task the objects are: an expert's id, or 'general'.
    """

    patches: Tensor
    masks: Tensor
    rows: Tensor
    kinds: NDArray[np.int64]
    tissue: Tensor | None = None
    objects: Tensor | None = None
    context: Tensor | None = None
    bounds: Tensor | None = None
    boxes: Tensor | None = None
    at_click: Tensor | None = None
    ignored: Tensor | None = None
    owner: str = GENERAL

    def to(self, device: torch.device) -> "ViewBatch":
        """Return the batch on a device."""
        placed: dict[str, Any] = {
            name: value.to(device) if isinstance(value, Tensor) else value
            for name, value in vars(self).items()
        }
        return ViewBatch(**placed)


class ViewSource(Protocol):
    """Gives views of objects to segment; the same random state always gives the same views."""

    def sample(self, rng: np.random.Generator, *, views: int, objects: int, size: int) -> ViewBatch:
        """Return `views` patches of `size`^3 voxels with `objects` objects each."""
