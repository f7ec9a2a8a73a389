"""How far objects reach, also beyond the view they are seen in."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .framing import Frame


def whole_bounds(
    masks: Tensor,
    is_target: Tensor,
    rows: Tensor,
    samples_mm: Sequence[NDArray[np.float32]],
    frames: Sequence[Frame],
) -> Tensor:
    """Return the outer faces (R, 2, 3) of every object, patch ijk; NaN: they are not known.

    Of a view's own target they are known beyond the view as well, before it was deformed.

    Args:
        masks: (R, n, n, n) bool.
        is_target: (R,) bool, it is the view's own target.
        rows: (R,) its view.
        samples_mm: (S, 3) positions inside each view's own target.
        frames: Of each view.
    """
    size = masks.shape[1]
    low, high = _faces(masks).unbind(1)
    leaves = ((low <= 0) | (high >= size - 1)).any(dim=1)
    beyond = np.stack([_beyond(s, f, size) for s, f in zip(samples_mm, frames, strict=True)])
    known = torch.as_tensor(beyond, dtype=torch.float32, device=masks.device)[rows]
    seen = torch.stack([low - 0.5, high + 0.5], dim=1)
    wider = torch.stack(
        [torch.minimum(known[:, 0], seen[:, 0]), torch.maximum(known[:, 1], seen[:, 1])], dim=1
    )
    wider = torch.where(is_target[:, None, None], wider, torch.nan)
    return torch.where(leaves[:, None, None], wider, seen)


def drawn_boxes(masks: Tensor, rows: Tensor, frames: Sequence[Frame]) -> Tensor | None:
    """Return the box (R, 2, 3) that somebody drew around every object, patch ijk.

    Args:
        masks: (R, n, n, n) bool.
        rows: (R,) the view of every object.
        frames: Of each view; None is returned if one of them lies around no box.
    """
    errors = [frame.box_errors_mm for frame in frames]
    size = masks.shape[1]
    voxels = [e / f.sides_mm * size for e, f in zip(errors, frames, strict=True) if e is not None]
    if len(voxels) < len(frames):
        return None
    low, high = _faces(masks).unbind(1)
    moved = torch.as_tensor(np.stack(voxels), dtype=torch.float32, device=masks.device)[rows]
    boxes = torch.stack([low - 0.5, high + 0.5], dim=1) + moved
    boxes = boxes.sort(dim=1).values
    boxes[:, 1] = torch.maximum(boxes[:, 1], boxes[:, 0] + 1.0)
    return boxes.clamp(-0.5, size - 0.5)


def _faces(masks: Tensor) -> Tensor:
    """Return the first and last index of masks (R, n, n, n) along each axis, (R, 2, 3)."""
    low, high = [], []
    for axis in range(3):
        hit = masks.any(dim=tuple(a for a in (1, 2, 3) if a != axis + 1)).float()
        low.append(hit.argmax(dim=1).float())
        high.append(hit.shape[1] - 1 - hit.flip(1).argmax(dim=1).float())
    return torch.stack([torch.stack(low, 1), torch.stack(high, 1)], dim=1)


def _beyond(samples_mm: NDArray[np.float32], frame: Frame, size: int) -> NDArray[np.float64]:
    along = (samples_mm - frame.centre_mm) @ frame.axes
    places = (along / frame.sides_mm + 0.5) * size - 0.5
    return np.stack([places.min(axis=0) - 0.5, places.max(axis=0) + 0.5])
