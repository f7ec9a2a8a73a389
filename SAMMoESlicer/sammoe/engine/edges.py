"""Let the border of a mask follow the image.

After several clicks most of what is wrong lies within two voxels of the border: the network looks
at a patch that is resampled from the volume's voxels, and draws smoothly. So voxels that are
neighbours and alike draw each other to one side: a conditional random field with pairs that
count by grey value and distance, solved by mean field (Kraehenbuehl and Koltun 2011), where only
close voxels are pairs.
"""

from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..crop import Crop, transfer, voxel_grid
from ..geometry import box_is_empty, patch_bounds, patch_slices
from ..intensity import IntensityWindow
from ..patch import prepare_patch
from ..volume import Volume
from .follow import Tile
from .question import Question

PULL = 4.0
"""How far neighbours that are all sure can move a logit: what is surer by itself stays."""
ROUNDS = 2
REACH = 2.0
"""Neighbours are this far apart at most, in sides of the smallest axis of a voxel."""
FADE = REACH / 2**0.5
"""The distance at which a neighbour counts exp(-1/2), likewise."""
ALIKE = 0.15
"""The difference in grey value, of a window two wide, at which a neighbour counts exp(-1/2)."""
UNLIKE_ANY = 1e3
"""Outside the image is so far from any grey value."""
SURELY_OUTSIDE = -50.0
"""A logit that no pull changes noticeably."""
FINEST = 1.6
"""The volume's voxels are used where they are at most so many times finer than the patch's."""


class FineImage(NamedTuple):
    """An image around a crop, on a grid near the volume's own.

    Attributes:
        grid: Where.
        grey: (d + 2 r, h + 2 r, w + 2 r) values in [-1, 1] of the grid and `REACH` voxels around,
            `UNLIKE_ANY` outside the grid.
    """

    grid: Crop
    grey: NDArray[np.float32]


def fine_image(crop: Crop, volume: Volume, window: IntensityWindow) -> FineImage:
    """Return a volume around a crop in a window of grey values."""
    grid = voxel_grid(crop, volume, finest=FINEST)
    grey = prepare_patch(volume, grid, window)
    return FineImage(grid, np.pad(grey, int(REACH), constant_values=UNLIKE_ANY))


class Edges:
    """Lets borders follow the image.

    What came of the latest logits is kept for the next click, and the image around their crop.
    """

    def __init__(self) -> None:
        self._latest: tuple[Tile, Tile] | None = None
        self._image: tuple[Crop, str, IntensityWindow, FineImage] | None = None

    def shown(self, tile: Tile, question: Question) -> Tile:
        """Return what is shown of a tile; of an earlier mask, which somebody drew, just that.

        Weights that take no window are upstream's: their masks stay as upstream draws them.
        """
        if question.window is None or question.prompts.mask is not None:
            return tile
        if self._latest is None or self._latest[0].logits is not tile.logits:
            image = self._image_around(tile.crop, question.volume, question.window)
            self._latest = tile, on_edges(tile, image)
        return self._latest[1]

    def _image_around(self, crop: Crop, volume: Volume, window: IntensityWindow) -> FineImage:
        known = self._image
        if known is None or known[0] is not crop or known[1:3] != (volume.content_hash, window):
            image = fine_image(crop, volume, window)
            known = self._image = crop, volume.content_hash, window, image
        return known[-1]

    def told(self, tile: Tile, question: Question) -> NDArray[np.float32]:
        """Return the logits that the network is told of what it drew: of the mask that was shown.

        A click says that the shown mask is wrong at its place. Where border and image put a voxel
        on the other side than the network did, it is told so; of the others, what it said.

        Args:
            tile: What it drew.
            question: Says on what, and in which window.
        """
        shown = self.shown(tile, question)
        if shown is tile:
            return tile.logits
        shape = tile.logits.shape
        logits = transfer(shown.logits, shown.crop, tile.crop, shape=shape, outside=np.nan)
        agrees = np.isnan(logits) | ((logits > 0) == (tile.logits > 0))
        return np.where(agrees, tile.logits, logits)


def on_edges(tile: Tile, image: FineImage) -> Tile:
    """Return logits whose border follows the image, on the image's grid.

    Raising logits anywhere takes no voxel from the mask: what a click may only add stays added.

    Args:
        tile: A decoder's logits on a crop.
        image: The image around that crop.
    """
    grid = image.grid
    logits = transfer(tile.logits, tile.crop, grid, shape=grid.size, outside=0.0)
    near = _near(logits)
    if box_is_empty(near):
        return tile
    low, high = near
    grey = image.grey[patch_slices(low, high + 2 * int(REACH))]
    part = patch_slices(low, high)
    logits[part] = settled(logits[part], grey, grid.spacing_mm)
    return Tile(grid, logits)


def settled(
    logits: NDArray[np.float32], grey: NDArray[np.float32], spacing_mm: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Return logits after each was drawn towards what its neighbours say.

    Args:
        logits: (d, h, w); around them is background.
        grey: (d + 2 r, h + 2 r, w + 2 r) values in [-1, 1] there and `REACH` voxels around, or
            `UNLIKE_ANY` outside the image.
        spacing_mm: (3,) mm between voxels along d, h and w.
    """
    rim = int(REACH)
    around = np.pad(logits, rim, constant_values=SURELY_OUTSIDE)
    shape, alone = around.shape, around.ravel()  # a step is one shift of all that is flat
    greys = grey.ravel() * np.float32(0.5**0.5 / ALIKE)
    total = np.full_like(alone, 1e-6)
    pairs = []
    for step, fade in _steps(spacing_mm, shape):
        weight = greys[step:] - greys[:-step]
        np.exp(-np.square(weight, out=weight), out=weight)
        weight *= fade
        total[step:] += weight
        total[:-step] += weight
        pairs.append((step, weight))
    moved, room = alone, np.empty_like(alone)  # fresh memory would take longer than the products
    for _ in range(ROUNDS):
        opinion = np.tanh(moved / 2)
        heard = np.zeros_like(alone)
        for step, weight in pairs:
            heard[:-step] += np.multiply(weight, opinion[step:], out=room[step:])
            heard[step:] += np.multiply(weight, opinion[:-step], out=room[step:])
        moved = alone + np.float32(PULL) * heard / total
    return moved.reshape(shape)[rim:-rim, rim:-rim, rim:-rim]


def _near(logits: NDArray[np.float32]) -> NDArray[np.int64]:
    """Return the bounds (2, 3) of all voxels that are foreground or can be drawn into it."""
    low, high = patch_bounds(logits > 0)
    reach = int(REACH) * ROUNDS
    if (low >= high).any():
        return np.stack([low, low])
    return np.stack([np.maximum(low - reach, 0), np.minimum(high + reach, logits.shape)])


def _steps(spacing_mm: NDArray[np.float64], shape: tuple[int, ...]) -> list[tuple[int, np.float32]]:
    """Return where neighbours are in a flat array, one of two opposite ones, and what they count.

    Args:
        spacing_mm: (3,) mm between voxels.
        shape: What the array was before it became flat.
    """
    reach = range(-int(REACH), int(REACH) + 1)
    steps = np.array([step for step in product(reach, repeat=3) if step > (0, 0, 0)])
    squares = np.sum((steps * (spacing_mm / spacing_mm.min())) ** 2, axis=1)
    near = squares <= REACH**2
    flat = (steps[near, 0] * shape[1] + steps[near, 1]) * shape[2] + steps[near, 2]
    fades = np.exp(-squares[near] / (2 * FADE**2)).astype(np.float32)
    return list(zip(flat.tolist(), fades, strict=True))
