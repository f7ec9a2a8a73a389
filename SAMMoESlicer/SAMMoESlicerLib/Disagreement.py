"""Where two masks differ, which slice is disputed most, and where to click next."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sammoe import Result, Volume
from sammoe.geometry import BoxIJK, box_is_empty, transform_points, unite_boxes

from .FullestSlice import middleOfFullestSlice


@dataclass(frozen=True, eq=False)
class Disagreement:
    """The two masks on one box of the volume's grid.

    Attributes:
        onlyFirst_kji: bool, voxels of the first mask alone.
        onlySecond_kji: bool, voxels of the second mask alone.
        box_ijk: (2, 3) half-open box both arrays cover.
    """

    onlyFirst_kji: NDArray[np.bool_]
    onlySecond_kji: NDArray[np.bool_]
    box_ijk: BoxIJK

    @classmethod
    def between(cls, first: Result, second: Result) -> "Disagreement":
        """Compare two masks of the same volume."""
        box = _hull(first.box_ijk, second.box_ijk)
        a, b = _inBox(first, box), _inBox(second, box)
        return cls(a & ~b, b & ~a, box)

    def mostDisputedPoint(self, volume: Volume) -> NDArray[np.float64] | None:
        """Return the place to look at and to click next, RAS mm (3,); None where they agree.

        It lies in the slice along k with the most disputed voxels, in their middle there.
        """
        disputed = self._disputed
        if not disputed.any():
            return None
        at_ijk = middleOfFullestSlice(disputed) + self.box_ijk[0]
        return transform_points(at_ijk, volume.ijk_to_ras)[0]

    @property
    def _disputed(self) -> NDArray[np.bool_]:
        return self.onlyFirst_kji | self.onlySecond_kji


def _hull(first: BoxIJK, second: BoxIJK) -> BoxIJK:
    if box_is_empty(first):
        return second
    return first if box_is_empty(second) else unite_boxes(first, second)


def _inBox(result: Result, box: BoxIJK) -> NDArray[np.bool_]:
    """Return a result's mask on a larger box, (k, j, i) bool."""
    mask = np.zeros(tuple((box[1] - box[0])[::-1]), dtype=bool)
    if not box_is_empty(result.box_ijk):
        start, stop = result.box_ijk - box[0]
        mask[start[2] : stop[2], start[1] : stop[1], start[0] : stop[0]] = result.mask_box_kji
    return mask
