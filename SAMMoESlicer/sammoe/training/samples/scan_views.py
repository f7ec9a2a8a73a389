"""Random views of real objects: cut as the product would look at them."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from ...bundle import InputCard
from ...crop import Crop, extract_patch, make_crop
from ...errors import SAMMoEError
from ...geometry import bounding_box
from ...intensity import apply_window, normalise_positive
from ..synthetic.views import Framing
from ..view_batch import ViewBatch
from .prepare import CachedObject
from .region import Region, Surroundings, load_region

FRAMING_SHARES = (0.45, 0.15, 0.3, 0.1)
WIDEST_LOOK_MM = 230.0
"""Side of the widest first look, but for objects that fill more."""
MIN_TARGET_VOXELS = 12
TRIES = 8
REGIONS_IN_MEMORY = 24


class ScanViews:
    """Gives the same batches as the synthetic generator, from labelled scans.

    Args:
        objects: Resampled objects.
        card: How the bundle's patches are made.
        augment: Mirror views, and change brightness, contrast and noise a little.
    """

    def __init__(
        self, objects: Sequence[CachedObject], card: InputCard, *, augment: bool = True
    ) -> None:
        if not objects:
            raise SAMMoEError("there is no object to look at")
        self._objects = list(objects)
        self._card = card
        self._augment = augment

    def sample(self, rng: np.random.Generator, *, views: int, objects: int, size: int) -> ViewBatch:
        """Return `views` patches, each with one object that `objects` users click on.

        Args:
            rng: Decides everything; the same state gives the same batch.
            views: Number of patches.
            objects: Rows a patch.
            size: Patch voxels along each axis.
        """
        patches, masks, labels = [], [], []
        for _ in range(views):
            chosen = self._objects[int(rng.integers(len(self._objects)))]
            patch, mask = self._view(_read(chosen.path), rng, size)
            patches.append(patch)
            masks += [mask] * objects
            labels += [chosen.label] * objects
        return ViewBatch(
            torch.from_numpy(np.stack(patches))[:, None],
            torch.from_numpy(np.stack(masks)),
            torch.arange(views).repeat_interleave(objects),
            np.array(labels),
        )

    def _view(
        self, region: Region, rng: np.random.Generator, size: int
    ) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        for attempt in range(TRIES + 1):
            block, crop = self._frame(region, rng, size, centred=attempt == TRIES)
            mask = extract_patch(block.mask_volume, crop, fill=0.0, antialias=True) > 0.5
            if mask.sum() >= MIN_TARGET_VOXELS:
                break
        patch = self._patch(block, crop, region)
        if not mask.any():
            mask = _nearest_voxel(mask, crop, block)
        return self._augmented(patch, mask, rng) if self._augment else (patch, mask)

    def _patch(self, block: Surroundings, crop: Crop, region: Region) -> NDArray[np.float32]:
        if self._card.normalisation != "window":
            return normalise_positive(extract_patch(block.volume, crop, fill=0.0))
        fill = region.window.lower
        return apply_window(
            extract_patch(block.volume, crop, fill=fill, antialias=True), region.window
        )

    def _frame(
        self, region: Region, rng: np.random.Generator, size: int, *, centred: bool
    ) -> tuple[Surroundings, Crop]:
        """Return a block and a crop of it around the object."""
        near = region.blocks[0]
        low, high = _bounds(near)
        extent_mm = (high - low) * near.spacing_mm
        if self._card.crop == "fixed":
            spacing_mm = near.spacing_mm * self._card.patch_size / size
            room = (np.array(near.mask.shape) * near.spacing_mm - spacing_mm * size) / 2
            shift_mm = np.zeros(3) if centred else rng.uniform(-1, 1, 3) * np.maximum(room, 0)
            return near, _crop(near, (low + high - 1) / 2, shift_mm, spacing_mm, size)
        framing = Framing.TIGHT if centred else _draw_framing(rng)
        block = region.blocks[-1] if framing is Framing.LOOK else near
        low, high = _bounds(block)
        sides_mm = _sides_mm(framing, extent_mm, rng)
        limit_mm = np.array(block.mask.shape) * block.spacing_mm
        sides_mm = np.minimum(sides_mm, limit_mm)
        slack_mm = np.maximum(np.minimum(sides_mm - extent_mm, limit_mm - sides_mm), 0) / 2
        if framing is Framing.INSIDE:
            slack_mm = 0.3 * extent_mm
        shift_mm = np.zeros(3) if centred else rng.uniform(-0.8, 0.8, 3) * slack_mm
        return block, _crop(block, (low + high - 1) / 2, shift_mm, sides_mm / size, size)

    def _augmented(
        self, patch: NDArray[np.float32], mask: NDArray[np.bool_], rng: np.random.Generator
    ) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        mirrored = tuple(axis for axis in range(3) if rng.random() < 0.5)
        patch, mask = np.flip(patch, mirrored), np.flip(mask, mirrored)
        gain, offset, noise = rng.uniform(0.85, 1.15), rng.uniform(-0.1, 0.1), rng.uniform(0, 0.05)
        patch = patch * gain + offset + noise * rng.standard_normal(patch.shape, np.float32)
        if self._card.normalisation == "window":
            patch = np.clip(patch, -1.0, 1.0)
        return np.ascontiguousarray(patch, np.float32), np.ascontiguousarray(mask)


def _draw_framing(rng: np.random.Generator) -> Framing:
    return list(Framing)[int(rng.choice(len(FRAMING_SHARES), p=FRAMING_SHARES))]


def _sides_mm(
    framing: Framing, extent_mm: NDArray[np.float64], rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return the side lengths of a view, (3,)."""
    if framing is Framing.TIGHT:
        sides = extent_mm * rng.uniform(1.2, 2.6) * rng.uniform(0.85, 1.15, 3)
    elif framing is Framing.CUBE:
        sides = np.full(3, extent_mm.max() * rng.uniform(1.15, 2.2))
    elif framing is Framing.INSIDE:
        sides = np.full(3, extent_mm.max() * rng.uniform(0.4, 1.1))
    else:
        least = extent_mm.max() * 1.8
        sides = np.full(3, np.exp(rng.uniform(np.log(least), np.log(max(least, WIDEST_LOOK_MM)))))
    sides = np.maximum(sides, 20.0)
    return np.maximum(sides, sides.max() / 3.0)


def _bounds(block: Surroundings) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the object's half-open bounds in a block, or its middle voxel where it vanished."""
    box = bounding_box(block.mask)[:, ::-1].astype(np.float64)
    if (box[1] <= box[0]).any():
        middle = np.array(block.mask.shape) // 2
        return middle.astype(float), middle + 1.0
    return box[0], box[1]


def _crop(
    block: Surroundings,
    centre: NDArray[np.float64],
    shift_mm: NDArray[np.float64],
    spacing_mm: NDArray[np.float64],
    size: int,
) -> Crop:
    # `make_crop` puts the position at voxel `size // 2`; half a voxel back centres it.
    at = centre + shift_mm / block.spacing_mm + 0.5 * (1 - size % 2) * spacing_mm / block.spacing_mm
    ijk_to_ras = np.diag([*block.spacing_mm, 1.0])
    return make_crop(ijk_to_ras, centre_ijk=at, spacing_mm=spacing_mm, size=size)


def _nearest_voxel(mask: NDArray[np.bool_], crop: Crop, block: Surroundings) -> NDArray[np.bool_]:
    """Return a mask with the one patch voxel nearest to an object that is too small to see."""
    low, high = _bounds(block)
    at = np.rint(crop.points_to_patch((low + high - 1) / 2)[0]).astype(int)
    marked = mask.copy()
    marked[tuple(np.clip(at, 0, np.array(mask.shape) - 1))] = True
    return marked


@lru_cache(maxsize=REGIONS_IN_MEMORY)
def _read(path: Path) -> Region:
    region = load_region(path)
    if region is None:
        raise SAMMoEError(f"the resampled scan {path} was removed or damaged; start again")
    return region
