"""Turn logits on one or more crops into a mask on the volume's grid."""

import numpy as np
from numpy.typing import NDArray

from ..crop import Crop, honour_clicks, paste
from ..geometry import (
    BoxIJK,
    bounding_box,
    box_is_empty,
    box_slices_kji,
    patch_bounds,
    unite_boxes,
)
from ..prompts import MaskPrompt
from ..volume import Volume
from .follow import Tile
from .patch_inputs import mask_to_logits
from .prompts_ijk import PromptsIJK


def paste_tiles(
    tiles: list[Tile], volume: Volume, prompts: PromptsIJK
) -> tuple[NDArray[np.bool_], BoxIJK]:
    """Return the mask, cut to its own box.

    An earlier mask stays as it was, voxel by voxel, wherever the answer says of a place what the
    earlier mask does on the same crops: they are coarser than many a volume, and do not hold all.

    Args:
        tiles: One crop's logits, or several that overlap.
        volume: Gives the grid.
        prompts: A foreground click is inside the answer, a background click outside.

    Returns:
        bool KJI array on `box_ijk`, and `box_ijk` (2, 3).
    """
    if prompts.mask is None:
        values, box = _joined(tiles, volume, prompts)
    else:
        values, box = _changed(prompts.mask, tiles, volume, prompts)
    if box_is_empty(box):
        return np.zeros((0, 0, 0), dtype=bool), box
    crop = tiles[0].crop
    radius = np.empty(3)
    radius[list(crop.axes)] = np.abs(crop.step) / 2
    honour_clicks(values, box, prompts.points_ijk, prompts.point_labels, radius=radius)
    mask = values > 0
    tight = bounding_box(mask)
    return mask[box_slices_kji(tight)], tight + box[0]


def _joined(
    tiles: list[Tile], volume: Volume, prompts: PromptsIJK
) -> tuple[NDArray[np.float32], BoxIJK]:
    """Return values on the grid, above 0 in the object, and the box they are on."""
    if len(tiles) == 1:
        return _single(tiles[0], volume, prompts)
    return _blend(tiles, volume)


def _changed(
    mask: MaskPrompt, tiles: list[Tile], volume: Volume, prompts: PromptsIJK
) -> tuple[NDArray[np.float32], BoxIJK]:
    """Return values on a box that holds an earlier mask too, changed only where the answer is.

    An answer that is less sure than the mask, but of the same opinion, would move its border by a
    part of a crop's voxel, which is many of a fine volume's.
    """
    earlier, answered = [], []
    for tile in tiles:
        seen = mask_to_logits(mask, volume, tile.crop, tile.logits.shape[0])
        agrees = (tile.logits > 0) == (seen > 0)
        earlier.append(Tile(tile.crop, seen))
        answered.append(Tile(tile.crop, np.where(agrees, seen, tile.logits)))
    was, was_box = _joined(earlier, volume, prompts)
    now, now_box = _joined(answered, volume, prompts)
    whole = unite_boxes(unite_boxes(was_box, now_box), mask.box_ijk)

    def placed(part: NDArray[np.float32], where: BoxIJK) -> NDArray[np.float32]:
        on_whole = np.full((whole[1] - whole[0])[::-1], np.float32(-1))
        on_whole[box_slices_kji(where - whole[0])] = part
        return on_whole

    was, now = placed(was, was_box), placed(now, now_box)
    certain = placed(np.where(mask.mask_kji, np.float32(1), np.float32(-1)), mask.box_ijk)
    return np.where((now > 0) == (was > 0), certain, now), whole


def _single(tile: Tile, volume: Volume, prompts: PromptsIJK) -> tuple[NDArray[np.float32], BoxIJK]:
    """Paste only where there is foreground or a click: most of a crop is background."""
    within = _foreground_box(tile.logits, tile.crop)
    reach = np.zeros(3)
    reach[list(tile.crop.axes)] = np.abs(tile.crop.step)
    for voxel in np.floor(prompts.points_ijk + 0.5):
        around = np.stack([np.floor(voxel - reach), np.ceil(voxel + reach) + 1]).astype(np.int64)
        within = unite_boxes(within, around)
    values, box = paste(tile.logits, tile.crop, volume.shape_ijk, within=within)
    return np.ascontiguousarray(values), box


def _foreground_box(logits: NDArray[np.float32], crop: Crop) -> BoxIJK:
    """Return a voxel box (2, 3) that holds all that can become foreground."""
    box = patch_bounds(logits > 0)
    if box_is_empty(box):
        return np.zeros((2, 3), dtype=np.int64)
    around = np.stack([box[0] - 1, box[1] + 1]) * np.array(crop.size) / np.array(logits.shape)
    faces = crop.points_to_ijk(around - 0.5)
    return np.stack([np.floor(faces.min(axis=0)), np.ceil(faces.max(axis=0)) + 1]).astype(np.int64)


def _blend(tiles: list[Tile], volume: Volume) -> tuple[NDArray[np.float32], BoxIJK]:
    boxes = np.stack([tile.crop.box_ijk(volume.shape_ijk) for tile in tiles])
    whole = np.stack([boxes[:, 0].min(axis=0), boxes[:, 1].max(axis=0)])
    total = np.zeros((whole[1] - whole[0])[::-1], dtype=np.float32)
    weight = np.zeros_like(total)
    for tile in tiles:
        fade = _fade(tile.logits.shape)
        values, box = paste(tile.logits * fade, tile.crop, volume.shape_ijk)
        weights, _ = paste(fade, tile.crop, volume.shape_ijk)
        part = box_slices_kji(box - whole[0])
        total[part] += values
        weight[part] += weights
    return np.where(weight > 0, total / np.maximum(weight, 1e-6), np.float32(-1)), whole


def _fade(shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Return weights (d, h, w) that fall linearly towards a tile's faces."""
    ramps = [(np.minimum(np.arange(n), np.arange(n)[::-1]) + 1.0) * 2 / n for n in shape]
    product = ramps[0][:, None, None] * ramps[1][None, :, None] * ramps[2][None, None, :]
    return product.astype(np.float32)
