"""Random views of real objects: cut as the product would look at them."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from ...bundle import InputCard
from ...crop import Crop, CropPolicy, crop_policy, extract_patch
from ...errors import SAMMoEError
from ...geometry import bounding_box
from ...patch import patch_context, prepare_patch
from ..view_batch import ViewBatch
from .framing import AS_SHOWN, IN_TRAINING, Framing, draw_framing, frame
from .prepare import CachedObject
from .region import Region, Surroundings, load_region

MIN_TARGET_VOXELS = 12
TRIES = 8
CANDIDATES = 4
"""Of so many places in an object, that nearest to its middle is clicked."""
REGIONS_IN_MEMORY = 12


class View(NamedTuple):
    """A patch, the object in it, where nobody annotated, what is known of it, and how it lies.

    `bounds` (2, 3) are the low and high faces of the whole object, patch ijk, also beyond the
    patch.
    """

    patch: NDArray[np.float32]
    mask: NDArray[np.bool_]
    ignored: NDArray[np.bool_]
    bounds: NDArray[np.float64]
    context: NDArray[np.float32]
    framing: Framing


class ScanViews:
    """Gives the same batches as the synthetic generator, from labelled scans.

    Args:
        objects: Resampled objects.
        card: How the bundle's patches are made.
        as_shown: Views are what the product would show, to route and to measure; otherwise they
            are mirrored, changed a little, and sometimes lie as the product's never do.
        cut_short: Share of views in which the scan ends near the object.
    """

    def __init__(
        self,
        objects: Sequence[CachedObject],
        card: InputCard,
        *,
        as_shown: bool = False,
        cut_short: float = 0.0,
    ) -> None:
        if not objects:
            raise SAMMoEError("there is no object to look at")
        self._objects = list(objects)
        self._card = card
        self._as_shown = as_shown
        self._cut_short = cut_short

    def sample(self, rng: np.random.Generator, *, views: int, objects: int, size: int) -> ViewBatch:
        """Return `views` patches, each with one object that `objects` users click on.

        Args:
            rng: Decides everything; the same state gives the same batch.
            views: Number of patches.
            objects: Rows a patch.
            size: Patch voxels along each axis.
        """
        patches, masks, ignored, labels, contexts, at_click = [], [], [], [], [], []
        bounds = []
        for _ in range(views):
            chosen = self._objects[int(rng.integers(len(self._objects)))]
            view = self._view(_read(chosen.path), rng, size)
            patches.append(view.patch)
            contexts.append(view.context)
            masks += [view.mask] * objects
            ignored += [view.ignored] * objects
            bounds += [view.bounds] * objects
            labels += [chosen.label] * objects
            at_click += [view.framing is Framing.FIRST] * objects
        return ViewBatch(
            torch.from_numpy(np.stack(patches))[:, None],
            torch.from_numpy(np.stack(masks)),
            torch.arange(views).repeat_interleave(objects),
            np.array(labels),
            context=torch.from_numpy(np.stack(contexts)),
            bounds=torch.from_numpy(np.stack(bounds).astype(np.float32)),
            at_click=torch.tensor(at_click),
            ignored=torch.from_numpy(np.stack(ignored)) if np.any(ignored) else None,
        )

    def _view(self, region: Region, rng: np.random.Generator, size: int) -> View:
        policy = crop_policy(self._card, size=size)
        for _ in range(TRIES):
            framing = draw_framing(AS_SHOWN if self._as_shown else IN_TRAINING, rng)
            block = region.near if framing is Framing.FITTED else region.look
            if rng.random() < self._cut_short:
                block = block.cut_short(rng)
            click_ijk = _click(block, policy, rng)
            bounds_ijk = _bounds(block)
            crop = frame(block.volume, bounds_ijk, click_ijk, framing, policy, rng)
            mask = extract_patch(block.mask_volume, crop, fill=0.0, antialias=True) > 0.5
            if mask.sum() >= MIN_TARGET_VOXELS:
                break
        patch = prepare_patch(block.volume, crop, region.window)
        if not mask.any():
            mask = _nearest_voxel(mask, crop, click_ijk)
        ignored, context = _ignored(block, crop) & ~mask, patch_context(crop, region.window)
        faces = np.sort(crop.points_to_patch(bounds_ijk), axis=0)
        view = View(patch, mask, ignored, faces, context, framing)
        return view if self._as_shown else self._augmented(view, rng)

    def _augmented(self, view: View, rng: np.random.Generator) -> View:
        mirrored = tuple(axis for axis in range(3) if rng.random() < 0.5)
        mask, ignored = (
            np.ascontiguousarray(np.flip(m, mirrored)) for m in (view.mask, view.ignored)
        )
        patch = np.flip(view.patch, mirrored)
        gain, offset, noise = rng.uniform(0.85, 1.15), rng.uniform(-0.1, 0.1), rng.uniform(0, 0.05)
        patch = patch * gain + offset + noise * rng.standard_normal(patch.shape, np.float32)
        if self._card.normalisation == "window":
            patch = np.clip(patch, -1.0, 1.0)
        patch = np.ascontiguousarray(patch, np.float32)
        bounds = view.bounds.copy()
        for axis in mirrored:
            bounds[:, axis] = mask.shape[axis] - 1 - bounds[::-1, axis]
        return view._replace(patch=patch, mask=mask, ignored=ignored, bounds=bounds)


def _ignored(block: Surroundings, crop: Crop) -> NDArray[np.bool_]:
    """Return where nobody annotated, on a patch."""
    if block.ignored is None:
        return np.zeros(crop.size, bool)
    seen = extract_patch(block.as_volume(block.ignored), crop, fill=0.0, antialias=True)
    return np.asarray(seen > 0.5)


def _bounds(block: Surroundings) -> NDArray[np.float64]:
    """Return the outer faces (2, 3) of the object in a block, or of its middle voxel."""
    box = bounding_box(block.mask)[:, ::-1].astype(np.float64)
    if (box[1] <= box[0]).any():
        middle = np.array(block.mask.shape) // 2
        box = np.stack([middle, middle + 1]).astype(np.float64)
    return box - 0.5


def _click(
    block: Surroundings, policy: CropPolicy, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return a voxel (3,) a user might click first: rather deep in the object.

    Where the object is larger than its block, the first look must still lie in the block.
    """
    inside = np.argwhere(block.mask)
    if len(inside) == 0:
        return np.array(block.mask.shape) / 2 - 0.5
    half = np.ceil(policy.spacing_mm * policy.size / 2 / block.spacing_mm)
    room = ((inside >= half) & (inside < np.array(block.mask.shape) - half)).all(axis=1)
    inside = inside[room] if room.any() else inside
    some = inside[rng.integers(len(inside), size=CANDIDATES)]
    off = (some - inside.mean(axis=0)) / (inside.std(axis=0) + 1.0)
    return some[int(np.square(off).sum(axis=1).argmin())].astype(np.float64)


def _nearest_voxel(
    mask: NDArray[np.bool_], crop: Crop, click_ijk: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Return a mask with the one patch voxel nearest to an object that is too small to see."""
    at = np.rint(crop.points_to_patch(click_ijk)[0]).astype(int)
    marked = mask.copy()
    marked[tuple(np.clip(at, 0, np.array(mask.shape) - 1))] = True
    return marked


@lru_cache(maxsize=REGIONS_IN_MEMORY)
def _read(path: Path) -> Region:
    region = load_region(path)
    if region is None:
        raise SAMMoEError(f"the resampled scan {path} was removed or damaged; start again")
    return region
