"""Scans of bodies as a hospital would have them, for the product to be tried on while it learns."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from ...intensity import SOFT_TISSUE
from ...volume import Volume
from ..anatomy.atlas import Atlas
from ..anatomy.views import AnatomyViews
from ..anatomy.wanted import Wanted
from ..synthetic.canvas import Kind
from ..view_batch import ViewBatch
from .framing import Framing

AIR_HU = -1000.0
AIR = -0.99
"""Grey values of a painted view that are no more than this lie below its window."""
GREY_STEPS = 1000.0
LEAST_VOXELS = 20
"""Smaller objects are not asked for."""


@dataclass(frozen=True, eq=False)
class PaintedScan:
    """A scan and objects in it.

    Attributes:
        volume: Hounsfield units, or grey values without meaning.
        masks_kji: One bool array an object, the volume's shape.
        kinds: What each is.
    """

    volume: Volume
    masks_kji: tuple[NDArray[np.bool_], ...]
    kinds: tuple[Kind, ...]


class PaintedScans:
    """Gives scans by number; a number always gives the same.

    Args:
        atlas: The bodies.
        objects: How many objects of each scan are asked for, at most.
        side: Voxels of a scan along each axis; it is as wide as the product's second look.
    """

    def __init__(self, atlas: Atlas, *, objects: int, side: int) -> None:
        wanted = Wanted(framing={Framing.WIDE: 1.0}, upright=True)
        self._views = AnatomyViews(atlas, wanted)
        self._objects = objects
        self._side = side

    def scan(self, number: int) -> PaintedScan:
        """Return a scan."""
        rng = np.random.default_rng((77, number))
        batch = self._views.sample(rng, views=1, objects=self._objects, size=self._side)
        batch = batch.to(torch.device("cpu"))
        masks = batch.masks.numpy()
        chosen = [n for n in range(len(masks)) if _is_new(masks, n)]
        return PaintedScan(
            _volume(batch),
            tuple(np.ascontiguousarray(masks[n].T) for n in chosen),
            tuple(Kind(batch.kinds[n]) for n in chosen),
        )


def _is_new(masks: NDArray[np.bool_], n: int) -> bool:
    """Say whether an object is large enough, and not one of those before: views ask again."""
    earlier = masks[:n]
    return masks[n].sum() >= LEAST_VOXELS and not any((masks[n] == mask).all() for mask in earlier)


def _volume(batch: ViewBatch) -> Volume:
    """Return a view as a scan: its patch lies along R, A and S."""
    assert batch.context is not None  # bodies always say it
    *spacing_mm, is_ct = batch.context[0].tolist()
    grey = batch.patches[0, 0].numpy()
    if is_ct:
        low, high = SOFT_TISSUE.lower, SOFT_TISSUE.upper
        values = np.where(grey <= AIR, AIR_HU, low + (grey + 1) * (high - low) / 2)
    else:
        values = (grey + 1) * GREY_STEPS
    return Volume(
        np.ascontiguousarray(values.round().astype(np.int16).T), np.diag([*spacing_mm, 1])
    )
