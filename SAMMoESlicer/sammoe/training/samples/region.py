"""One labelled object with what surrounds it: resampled once, kept on disk, cut from many times."""

import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...bundle import InputCard
from ...crop import Crop, extract_patch, make_crop
from ...crop.crop import patch_axes
from ...geometry import bounding_box
from ...intensity import IntensityWindow, choose_window, sample_values
from ...volume import Volume
from ...whole_file import written_whole

NEAR_EXTENT = 2.8
"""The near region spans this many times the object along each axis."""
LOOK_MM = 230.0
"""The far region spans at least this; the product's first look is 192 mm wide."""
MAX_ANISOTROPY = 3.0
SLACK = 1.25
"""A region of fixed spacing is larger than the patch by this, so that patches can be shifted."""
Z_POSITIVE = IntensityWindow("z-positive", 0.0, 0.0)


@dataclass(frozen=True, eq=False)
class Surroundings:
    """A resampled block, axes R, A, S.

    Attributes:
        image: (n, n, n) grey values.
        mask: (n, n, n) bool, the object.
        spacing_mm: (3,) voxel size.
    """

    image: NDArray
    mask: NDArray[np.bool_]
    spacing_mm: NDArray[np.float64]

    @property
    def volume(self) -> Volume:
        """The grey values as a volume whose IJK axes run along R, A and S."""
        return Volume(self.image.transpose(2, 1, 0), np.diag([*self.spacing_mm, 1.0]))

    @property
    def mask_volume(self) -> Volume:
        """The object as a volume of 0 and 1."""
        return Volume(self.mask.transpose(2, 1, 0).astype(np.float32), self.volume.ijk_to_ras)


@dataclass(frozen=True, eq=False)
class Region:
    """One object to train on.

    Attributes:
        window: Its intensity window, chosen as the product would after a click inside it.
        blocks: Near surroundings, and far ones where the bundle looks at several scales.
    """

    window: IntensityWindow
    blocks: tuple[Surroundings, ...]


def cut_region(volume: Volume, mask_kji: NDArray[np.bool_], card: InputCard) -> Region:
    """Return the surroundings of an object, resampled for a bundle's kind of input.

    Args:
        volume: The scan.
        mask_kji: bool, the object, not empty.
        card: Patch size, spacing, normalisation, crop.
    """
    box = bounding_box(mask_kji)
    centre_ijk = (box[0] + box[1] - 1) / 2.0
    axes, _ = patch_axes(volume.ijk_to_ras)
    extent_mm = ((box[1] - box[0]) * volume.spacing_mm)[list(axes)]
    blocks = tuple(
        _cut(volume, mask_kji, make_crop(volume.ijk_to_ras, centre_ijk=centre_ijk, **grid))
        for grid in _grids(extent_mm, card)
    )
    if card.normalisation != "window":
        return Region(Z_POSITIVE, blocks)
    inside = float(np.median(volume.array_kji[mask_kji]))
    return Region(choose_window(sample_values(volume), inside), blocks)


def save_region(path: Path, region: Region) -> None:
    """Write a region."""
    window = region.window
    arrays: dict[str, NDArray] = {"window": np.array([window.lower, window.upper])}
    for n, block in enumerate(region.blocks):
        arrays |= {f"image{n}": block.image, f"mask{n}": np.packbits(block.mask)}
        arrays[f"spacing{n}"] = block.spacing_mm
    with written_whole(path) as stream:
        np.savez_compressed(stream, name=np.array(window.name), **arrays)  # type: ignore[arg-type]


def load_region(path: Path) -> Region | None:
    """Return a saved region; None where the file is missing or damaged."""
    try:
        with np.load(path) as arrays:
            lower, upper = arrays["window"].tolist()
            window = IntensityWindow(str(arrays["name"]), lower, upper)
            count = sum(key.startswith("image") for key in arrays.files)
            return Region(window, tuple(_load_block(arrays, n) for n in range(count)))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None


def _load_block(arrays: np.lib.npyio.NpzFile, n: int) -> Surroundings:
    image = arrays[f"image{n}"]
    bits = np.unpackbits(arrays[f"mask{n}"], count=image.size)
    return Surroundings(image, bits.reshape(image.shape).astype(bool), arrays[f"spacing{n}"])


def _grids(extent_mm: NDArray[np.float64], card: InputCard) -> list[dict]:
    """Return spacing and size of every block."""
    if card.crop == "fixed":
        spacing_mm = np.maximum(card.spacing_mm or 1.5, extent_mm * 1.1 / card.patch_size)
        return [{"spacing_mm": spacing_mm, "size": int(card.patch_size * SLACK)}]
    size = 2 * card.patch_size
    near_mm = np.maximum(extent_mm, extent_mm.max() / MAX_ANISOTROPY) * NEAR_EXTENT
    far_mm = np.maximum(near_mm.max(), LOOK_MM)
    return [
        {"spacing_mm": np.maximum(near_mm, 20.0) / size, "size": size},
        {"spacing_mm": np.full(3, far_mm / size), "size": size},
    ]


def _cut(volume: Volume, mask_kji: NDArray[np.bool_], crop: Crop) -> Surroundings:
    fill = float(min(volume.array_kji.min(), 0))
    image = extract_patch(volume, crop, fill=fill, antialias=True)
    if volume.array_kji.dtype.kind in "iu" and np.abs(image).max() < 32_000:
        image = np.rint(image).astype(np.int16)
    mask = extract_patch(
        Volume(mask_kji.astype(np.float32), volume.ijk_to_ras), crop, fill=0.0, antialias=True
    )
    return Surroundings(image, mask > 0.5, crop.spacing_mm)
