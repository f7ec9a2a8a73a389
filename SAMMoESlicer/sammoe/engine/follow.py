"""Follow an object over the border of its crop: tiles side by side, blended where they overlap."""

from collections import deque
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..crop import Crop, transfer
from .decode import Decoding
from .memo import State
from .objects import clicked_components, faces_touched, without
from .prompts_ijk import PromptsIJK
from .question import Question

MOST_TILES = 24


@dataclass(frozen=True, eq=False)
class Tile:
    """One crop's answer: (d, h, w) logits in patch order."""

    crop: Crop
    logits: NDArray[np.float32]


def follow(
    decoding: Decoding, question: Question, state: State, *, most: int = MOST_TILES
) -> list[Tile]:
    """Return the tiles that together hold the object, the state's own first.

    Each tile is centred on the border contact of an earlier one, prompted with a click in their
    overlap and the earlier mask; it is kept while the clicked component continues in it.
    """
    tiles = [Tile(state.crop, state.mask_logits)]
    waiting = deque(tiles)
    seen = [_middle_ijk(state.crop)]
    while waiting and len(tiles) < most:
        tile = waiting.popleft()
        for axis, side in faces_touched(tile.logits, tile.crop, question.volume):
            if len(tiles) >= most:
                break
            crop, prompts = _across(tile, axis, side, question)
            if _near(crop, seen):
                continue
            seen.append(_middle_ijk(crop))
            found = _continue(decoding, replace(question, prompts=prompts), tile, crop, state)
            if found is not None:
                tiles.append(found)
                waiting.append(found)
    return tiles


def _across(tile: Tile, axis: int, side: int, question: Question) -> tuple[Crop, PromptsIJK]:
    """Return the crop on the other side of a face and the prompts that lead into it."""
    size = tile.logits.shape[axis]
    depth = max(2, size // 6)
    reached = range(depth) if side < 0 else range(size - depth, size)
    slab = np.take(tile.logits, reached, axis=axis)
    at = np.array(np.unravel_index(int(np.argmax(slab)), slab.shape), dtype=np.float64)
    at[axis] += reached[0]
    ratio = np.array(tile.crop.size) / np.array(tile.logits.shape)
    click_patch = (at + 0.5) * ratio - 0.5
    middle = (np.array(tile.crop.size) - 1) / 2
    centre = np.where(np.arange(3) == axis, middle + side * tile.crop.size[axis] / 2, click_patch)
    offset = centre - middle
    origin = tile.crop.points_to_ijk(offset)[0]
    led = question.prompts.led_on(tile.crop.points_to_ijk(click_patch))
    return replace(tile.crop, origin_ijk=origin), led


def _continue(
    decoding: Decoding, question: Question, tile: Tile, crop: Crop, state: State
) -> Tile | None:
    shape = state.mask_logits.shape
    previous = transfer(tile.logits, tile.crop, crop, shape=shape, outside=np.nan)
    logits = decoding.look(question, crop, previous, latched=state.decision).logits
    kept = clicked_components(logits, crop, question.prompts.inside_ijk)
    if not kept.any():
        return None
    return Tile(crop, without(logits, ~kept))


def _middle_ijk(crop: Crop) -> NDArray[np.float64]:
    return crop.points_to_ijk((np.array(crop.size) - 1) / 2)[0]


def _near(crop: Crop, seen: list[NDArray[np.float64]]) -> bool:
    """Say whether a tile lies within a quarter of its extent of an earlier one."""
    offsets = (np.array(seen) - _middle_ijk(crop))[:, list(crop.axes)] / crop.step
    return bool((np.abs(offsets) < np.array(crop.size) / 4).all(axis=1).any())
