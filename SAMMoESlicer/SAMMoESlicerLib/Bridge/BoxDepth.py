"""How deep a box is that was drawn in one slice: as deep as what lies in its middle."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sammoe import Volume

from .Matrices import fromVtkMatrix

CORE = 0.4
"""Share of the drawn edges that is looked at, around the middle."""
GRID = 9
MARGIN = 1.1
MOST_DEPTH = 1.5
"""Most depth to either side, in longer drawn edges."""
LEAST_NOISE = 0.04
"""Of the grey values' range: a calmer middle counts as this noisy."""


def fitDepth(roiNode: Any, volume: Volume) -> None:
    """Make a box that was just drawn in a slice view as deep as the structure in its middle.

    Its middle is followed along the slice's normal for as long as its grey value stays. Where no
    slice, or more than one, goes through the box's centre, the depth stays.

    Args:
        roiNode: A vtkMRMLMarkupsROINode.
        volume: The volume it was drawn on.
    """
    objectToWorld = fromVtkMatrix(roiNode.GetObjectToWorldMatrix())
    axis = _drawnAlong(roiNode.GetScene(), objectToWorld)
    if axis is None:
        return
    size = np.array(roiNode.GetSize())
    edges = [n for n in range(3) if n != axis]
    most_mm = MOST_DEPTH * size[edges].max()
    step_mm = float(volume.spacing_mm.min())
    core = _corePoints(objectToWorld, size, edges)
    normal = objectToWorld[:3, axis]
    ends = [_end_mm(volume, core, sign * normal, step_mm, most_mm) for sign in (-1.0, 1.0)]
    middle = objectToWorld[:3, 3] + normal * (ends[1] - ends[0]) / 2
    size[axis] = MARGIN * max(sum(ends), 3 * step_mm)
    roiNode.SetSize(*size)
    roiNode.SetCenterWorld(*middle)


def _drawnAlong(scene: Any, objectToWorld: NDArray[np.float64]) -> int | None:
    """Return the box's axis along the normal of the one slice through its centre, or None."""
    axes = set()
    nodes = scene.GetNodesByClass("vtkMRMLSliceNode")
    for index in range(nodes.GetNumberOfItems()):
        sliceToRas = fromVtkMatrix(nodes.GetItemAsObject(index).GetSliceToRAS())
        away_mm = sliceToRas[:3, 2] @ (objectToWorld[:3, 3] - sliceToRas[:3, 3])
        if abs(away_mm) < 1e-3:
            axes.add(int(np.argmax(np.abs(objectToWorld[:3, :3].T @ sliceToRas[:3, 2]))))
    return axes.pop() if len(axes) == 1 else None


def _corePoints(
    objectToWorld: NDArray[np.float64], size: NDArray[np.float64], edges: list[int]
) -> NDArray[np.float64]:
    """Return positions in the middle of the drawn rectangle, (GRID * GRID, 3) RAS mm."""
    ticks = np.linspace(-CORE / 2, CORE / 2, GRID)
    along, across = np.meshgrid(ticks * size[edges[0]], ticks * size[edges[1]])
    first, second = objectToWorld[:3, edges[0]], objectToWorld[:3, edges[1]]
    return objectToWorld[:3, 3] + along.reshape(-1, 1) * first + across.reshape(-1, 1) * second


def _end_mm(
    volume: Volume,
    core_ras: NDArray[np.float64],
    direction: NDArray[np.float64],
    step_mm: float,
    most_mm: float,
) -> float:
    """Return how far the middle looks the same in a direction, in mm."""
    here = _greyAt(volume, core_ras)
    if here.size == 0:
        return step_mm
    level = np.median(here)
    array = volume.array_kji[:: max(1, volume.array_kji.shape[0] // 32), ::8, ::8]
    low, high = np.nanpercentile(array, (1, 99))
    noise = max(1.4826 * float(np.median(np.abs(here - level))), LEAST_NOISE * float(high - low))
    for end_mm in np.arange(step_mm, most_mm, step_mm):
        there = _greyAt(volume, core_ras + end_mm * direction)
        if there.size < here.size / 2 or abs(np.median(there) - level) > 3 * noise:
            return float(end_mm)
    return float(most_mm)


def _greyAt(volume: Volume, points_ras: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the grey values of the voxels at these positions, those inside the volume."""
    at = np.round(volume.points_ijk(points_ras)).astype(np.int64)
    i, j, k = at[((at >= 0) & (at < volume.shape_ijk)).all(axis=1)].T
    return np.asarray(volume.array_kji[k, j, i], dtype=np.float64)
