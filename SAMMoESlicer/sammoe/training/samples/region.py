"""One labelled object with what surrounds it: resampled once, kept on disk, cut from many times."""

import zipfile
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...bundle import InputCard
from ...crop import crop_policy, extract_patch, make_crop, plan_around_bounds
from ...crop.crop import patch_axes
from ...geometry import bounding_box
from ...intensity import IntensityWindow, choose_window, sample_values
from ...volume import Volume
from ...whole_file import written_whole

BLOCKS = ("near", "look")
NEAR_PART = 1.6
"""The near block is so much wider than the product's crop around the object."""
MOST_LOOK_VOXELS = 192
"""Along each axis of the block first looks are cut from."""
FACES_CUT = 0.5
GAP_MM = (3.0, 55.0)
"""Where a scan is cut short, this lies between the object and each face that is cut."""


@dataclass(frozen=True, eq=False)
class Surroundings:
    """A resampled block, axes R, A, S.

    Attributes:
        image: (n, n, n) grey values.
        mask: (n, n, n) bool, the object.
        spacing_mm: (3,) voxel size.
        ignored: (n, n, n) bool, where nobody annotated; None: nowhere.
    """

    image: NDArray
    mask: NDArray[np.bool_]
    spacing_mm: NDArray[np.float64]
    ignored: NDArray[np.bool_] | None = None

    @property
    def volume(self) -> Volume:
        """The grey values as a volume whose IJK axes run along R, A and S."""
        return Volume(self.image.transpose(2, 1, 0), np.diag([*self.spacing_mm, 1.0]))

    @property
    def mask_volume(self) -> Volume:
        """The object as a volume of 0 and 1."""
        return self.as_volume(self.mask)

    def as_volume(self, mask: NDArray[np.bool_]) -> Volume:
        """Return a mask on the block's grid as a volume of 0 and 1."""
        return Volume(mask.transpose(2, 1, 0).astype(np.float32), self.volume.ijk_to_ras)

    def cut_short(self, rng: np.random.Generator) -> "Surroundings":
        """Return the block as of a scan that ends near the object on some sides.

        Scans of a data set are often cut at one distance around what is labelled; without this
        their border says where the object is.
        """
        beyond = np.zeros(self.image.shape, bool)
        for axis in range(3):
            hit = np.flatnonzero(self.mask.any(axis=tuple(a for a in range(3) if a != axis)))
            gaps = np.ceil(rng.uniform(*GAP_MM, 2) / self.spacing_mm[axis]).astype(int)
            cut = rng.random(2) < FACES_CUT
            along = np.moveaxis(beyond, axis, 0)
            if len(hit) and cut[0]:
                along[: max(hit[0] - gaps[0], 0)] = True
            if len(hit) and cut[1]:
                along[hit[-1] + 1 + gaps[1] :] = True
        return replace(self, image=np.where(beyond, fill_value(self.image), self.image))


@dataclass(frozen=True, eq=False)
class Region:
    """One object to train on.

    Attributes:
        window: Its intensity window, chosen as the product would after a click inside it; None
            for SAM-Med3D's normalisation.
        near: What a crop fitted to it shows.
        look: What first looks around clicks inside it show.
    """

    window: IntensityWindow | None
    near: Surroundings
    look: Surroundings


def cut_region(
    volume: Volume,
    mask_kji: NDArray[np.bool_],
    card: InputCard,
    *,
    ignored_kji: NDArray[np.bool_] | None = None,
) -> Region:
    """Return the surroundings of an object, resampled for a bundle's kind of input.

    Args:
        volume: The scan.
        mask_kji: bool, the object, not empty.
        card: Patch size, spacing, normalisation, crop.
        ignored_kji: bool, where nobody annotated; None: nowhere.
    """
    cut = partial(_cut, volume, mask_kji, ignored_kji)
    policy = crop_policy(card)
    bounds_ijk = bounding_box(mask_kji).astype(np.float64) - 0.5
    fitted = plan_around_bounds(volume, bounds_ijk, policy)
    near = cut(bounds_ijk, fitted.spacing_mm * NEAR_PART / 2, 2 * policy.size)
    axes, _ = patch_axes(volume.ijk_to_ras)
    extent_mm = ((bounds_ijk[1] - bounds_ijk[0]) * volume.spacing_mm)[list(axes)]
    needed = np.ceil(extent_mm.max() / policy.spacing_mm) + policy.size
    size = int(np.clip(needed, policy.size, max(MOST_LOOK_VOXELS, policy.size)))
    look = cut(bounds_ijk, np.full(3, policy.spacing_mm), size)
    if card.normalisation != "window":
        return Region(None, near, look)
    inside = float(np.median(volume.array_kji[mask_kji]))
    return Region(choose_window(sample_values(volume), inside), near, look)


def save_region(path: Path, region: Region) -> None:
    """Write a region."""
    arrays: dict[str, NDArray] = {}
    if region.window is not None:
        arrays["window"] = np.array([region.window.lower, region.window.upper])
        arrays["name"] = np.array(region.window.name)
    for name in BLOCKS:
        block: Surroundings = getattr(region, name)
        arrays |= {f"{name}-image": block.image, f"{name}-mask": np.packbits(block.mask)}
        arrays[f"{name}-spacing"] = block.spacing_mm
        if block.ignored is not None:
            arrays[f"{name}-ignored"] = np.packbits(block.ignored)
    with written_whole(path) as stream:
        np.savez_compressed(stream, **arrays)  # type: ignore[arg-type]


def load_region(path: Path) -> Region | None:
    """Return a saved region; None where the file is missing or damaged."""
    try:
        with np.load(path) as arrays:
            window = None
            if "window" in arrays:
                window = IntensityWindow(str(arrays["name"]), *arrays["window"].tolist())
            return Region(window, *(_load_block(arrays, name) for name in BLOCKS))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None


def _load_block(arrays: np.lib.npyio.NpzFile, name: str) -> Surroundings:
    image = arrays[f"{name}-image"]
    masks = {
        key: np.unpackbits(arrays[f"{name}-{key}"], count=image.size).reshape(image.shape)
        for key in ("mask", "ignored")
        if f"{name}-{key}" in arrays
    }
    ignored = masks["ignored"].astype(bool) if "ignored" in masks else None
    return Surroundings(image, masks["mask"].astype(bool), arrays[f"{name}-spacing"], ignored)


def fill_value(array: NDArray) -> float:
    """Return the grey value beyond a scan."""
    return min(array.min(), array.dtype.type(0))


def _cut(
    volume: Volume,
    mask_kji: NDArray[np.bool_],
    ignored_kji: NDArray[np.bool_] | None,
    bounds_ijk: NDArray[np.float64],
    spacing_mm: NDArray[np.float64],
    size: int,
) -> Surroundings:
    """Return a block around an object's middle."""
    crop = make_crop(
        volume.ijk_to_ras, centre_ijk=bounds_ijk.mean(axis=0), spacing_mm=spacing_mm, size=size
    )
    fill = fill_value(volume.array_kji)
    image = extract_patch(volume, crop, fill=float(fill), antialias=True)
    if volume.array_kji.dtype.kind in "iu" and np.abs(image).max() < 32_000:
        image = np.rint(image).astype(np.int16)
    mask, ignored = (
        None
        if kji is None
        else extract_patch(
            Volume(kji.astype(np.float32), volume.ijk_to_ras), crop, fill=0.0, antialias=True
        )
        > 0.5
        for kji in (mask_kji, ignored_kji)
    )
    assert mask is not None
    return Surroundings(image, mask, crop.spacing_mm, ignored)
