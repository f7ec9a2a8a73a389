"""What a prediction returns: the mask, where it is, and why it looks so."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from .errors import GeometryError
from .geometry import BoxIJK, box_slices_kji


@dataclass(frozen=True, eq=False)
class Result:
    """One prediction.

    Attributes:
        mask_box_kji: bool, the mask inside `box_ijk`; false everywhere outside it.
        box_ijk: (2, 3) half-open voxel box that holds every true voxel.
        shape_kji: Shape of the volume's grid.
        scores: The gate's confidence per expert id, and 'general'; sums to 1.
        expert: The expert fused into the mask, or None for the general decoder alone.
        tau: The threshold that decided.
        crop_box_ijk: (2, 3) voxels of the volume the model looked at.
        spacing_mm: Voxel size of the patch the model saw, along its R, A, S-most axes.
        touches_border: The mask reaches the crop's border where the volume goes on.
        window: Name of the intensity window used.
        timings_ms: Milliseconds a stage, in order.
        notes: Plain sentences the user should see.
        device: Where the model ran.

    Raises:
        GeometryError: Mask, boxes and shape contradict each other.
    """

    mask_box_kji: NDArray[np.bool_]
    box_ijk: BoxIJK
    shape_kji: tuple[int, int, int]
    scores: dict[str, float]
    expert: str | None
    tau: float
    crop_box_ijk: BoxIJK
    spacing_mm: tuple[float, float, float]
    touches_border: bool
    window: str
    timings_ms: dict[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    device: str = "cpu"

    def __post_init__(self) -> None:
        box, crop, shape = (
            np.asarray(v) for v in (self.box_ijk, self.crop_box_ijk, self.shape_kji)
        )
        if box.shape != (2, 3) or crop.shape != (2, 3) or shape.shape != (3,):
            raise GeometryError("a box has two corners, and a volume's grid three axes")
        mask = np.asarray(self.mask_box_kji)
        if mask.dtype != bool or mask.shape != tuple((box[1] - box[0])[::-1]):
            raise GeometryError(
                f"a mask of {mask.dtype}, shape {mask.shape}, does not fill its box"
            )
        if (box[0] < 0).any() or (box[1] > shape[::-1]).any():
            raise GeometryError("a mask reaches beyond its volume")

    @cached_property
    def mask_kji(self) -> NDArray[np.bool_]:
        """The mask on the whole grid of the volume, bool, shape `shape_kji`."""
        mask = np.zeros(self.shape_kji, dtype=bool)
        mask[box_slices_kji(self.box_ijk)] = self.mask_box_kji
        return mask

    @property
    def voxel_count(self) -> int:
        """Number of voxels in the mask."""
        return int(np.count_nonzero(self.mask_box_kji))
