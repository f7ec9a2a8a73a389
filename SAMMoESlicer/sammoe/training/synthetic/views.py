"""Random views into scenes: what the product might be looking at when it is prompted."""

from dataclasses import dataclass
from enum import Enum

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage

from ..view_batch import ViewBatch
from .appearance import CT_SHARE, OUTSIDE, paint
from .canvas import Kind, random_rotation
from .scenes import Scene, SceneStore

MIN_TARGET_SHARE = 0.0006
"""A target fills at least this share of the patch."""
MAX_TARGET_SHARE = 0.85
MIN_SIDE_VOXELS = 9.0
UPRIGHT_DEGREES = 15
MAX_ANISOTROPY = 3.0
FIRST_LOOK = (0.27, 0.7)
"""Sides of a first look as parts of a scene's, which is about as large as a body is wide."""
TRIES = 8


class Framing(Enum):
    """How a view lies around its object."""

    TIGHT = "per-axis box around the object"
    CUBE = "cube around the object"
    LOOK = "wide look in which the object is small"
    INSIDE = "look from inside an object that leaves the view"
    FIRST = "the product's first look: a cube around a click, as wide whatever the object is"


@dataclass(frozen=True)
class Wanted:
    """Which objects are prompted, and how they are shown.

    Attributes:
        kinds: The kinds asked for; None: any.
        without: Kinds that are not asked for.
        torso_only: Only scenes that are a body, recognised by their vertebrae.
        ct_share: Share of views painted as CT.
        framing: Shares of tight, cube, wide, inside and first-look views.
        upright: Views lie along the scene's axes, left to right, back to front and upwards, as
            the product's crops lie along the patient's; otherwise they are turned and mirrored.
        lifelike: In CT, bone is bright and lung dark even where they are prompted; otherwise any
            prompted object may have any contrast.
    """

    kinds: tuple[Kind, ...] | None = None
    without: tuple[Kind, ...] = ()
    torso_only: bool = False
    ct_share: float = CT_SHARE
    framing: tuple[float, float, float, float, float] = (0.45, 0.12, 0.33, 0.1, 0.0)
    upright: bool = False
    lifelike: bool = False

    def eligible(self, scene: Scene) -> NDArray[np.bool_]:
        """Say which targets of a scene may be asked for, (T,)."""
        kinds = scene.kinds[scene.targets]
        if self.torso_only and Kind.VERTEBRA not in kinds:
            return np.zeros(len(kinds), bool)
        asked = np.ones(len(kinds), bool) if self.kinds is None else np.isin(kinds, self.kinds)
        return asked & ~np.isin(kinds, self.without)


@dataclass(frozen=True, eq=False)
class Frame:
    """An oblique box in a scene: centre (3,), axes as columns (3, 3), side lengths (3,), voxels."""

    centre: NDArray[np.float64]
    axes: NDArray[np.float64]
    sides: NDArray[np.float64]


def sample_views(
    store: SceneStore,
    rng: np.random.Generator,
    *,
    views: int,
    objects: int,
    size: int,
    wanted: Wanted | None = None,
) -> ViewBatch:
    """Return a batch of `views` x `objects` prompts to come.

    Args:
        store: Where scenes come from.
        rng: Decides everything; the same state gives the same batch.
        views: Number of patches.
        objects: Objects in each patch.
        size: Patch voxels along each axis.
        wanted: What is asked for; None: anything.
    """
    wanted = wanted or Wanted()
    patches: list[NDArray[np.float32]] = []
    masks: list[NDArray[np.bool_]] = []
    tissue: list[NDArray[np.uint8]] = []
    objects_of: list[NDArray[np.uint8]] = []
    found: list[int] = []
    while len(patches) < views:
        scene = store[int(rng.integers(len(store)))]
        view = sample_view(scene, rng, objects=objects, size=size, wanted=wanted)
        if view is None:
            continue
        patch, chosen, labels = view
        patches.append(patch)
        objects_of.append(labels)
        tissue.append(np.where(labels == OUTSIDE, OUTSIDE, scene.kinds[labels]).astype(np.uint8))
        masks += [_largest_part(labels == label) for label in chosen]
        found += [int(scene.kinds[label]) for label in chosen]
    return ViewBatch(
        torch.from_numpy(np.stack(patches))[:, None],
        torch.from_numpy(np.stack(masks)),
        torch.arange(views).repeat_interleave(objects),
        np.array(found),
        torch.from_numpy(np.stack(tissue)),
        torch.from_numpy(np.stack(objects_of)),
    )


def sample_view(
    scene: Scene,
    rng: np.random.Generator,
    *,
    objects: int,
    size: int,
    wanted: Wanted,
) -> tuple[NDArray[np.float32], list[int], NDArray[np.uint8]] | None:
    """Return a painted patch, the labels asked for and the crop's labels; None: nothing fits."""
    target_kinds = scene.kinds[scene.targets]
    eligible = wanted.eligible(scene)
    if not eligible.any():
        return None
    for _ in range(TRIES):
        kind = rng.choice(np.unique(target_kinds[eligible]))
        row = int(rng.choice(np.flatnonzero(eligible & (target_kinds == kind))))
        framing = list(Framing)[rng.choice(len(Framing), p=wanted.framing)]
        axes = random_axes(rng, upright=wanted.upright)
        frame = random_frame(scene.samples[row], axes, framing, rng, scene=scene.labels.shape[0])
        labels = crop_labels(scene.labels, frame, size)
        if rng.random() < 0.15:
            _cut_slab(labels, rng)
        shares = np.bincount(labels.ravel(), minlength=256) / labels.size
        if not MIN_TARGET_SHARE <= shares[scene.targets[row]] <= MAX_TARGET_SHARE:
            continue
        chosen = _choose_objects(scene, row, frame, shares, eligible, objects, rng)
        voxel = _scan_voxel(frame, framing, size, rng)
        patch = paint(
            labels, scene.kinds, chosen[0], rng,
            voxel=voxel, ct_share=wanted.ct_share, lifelike=wanted.lifelike,
        )  # fmt: skip
        return patch, chosen, labels
    return None


def random_axes(rng: np.random.Generator, *, upright: bool) -> NDArray[np.float64]:
    """Return a view's axes as columns (3, 3)."""
    if upright:
        return random_rotation(rng, degrees=UPRIGHT_DEGREES)
    axes = random_rotation(rng, degrees=180 if rng.random() < 0.4 else 20)
    return axes[:, rng.permutation(3)] * rng.choice([-1.0, 1.0], 3)


def random_frame(
    samples: NDArray[np.uint8],
    axes: NDArray[np.float64],
    framing: Framing,
    rng: np.random.Generator,
    *,
    scene: int,
) -> Frame:
    """Return a frame around the object whose voxels are `samples` (S, 3), in a scene so wide."""
    along = samples @ axes
    low, high = along.min(axis=0) - 0.5, along.max(axis=0) + 0.5
    extent = high - low
    if framing is Framing.TIGHT:
        sides = extent * rng.uniform(1.2, 2.6) * rng.uniform(0.85, 1.25, 3)
    elif framing is Framing.CUBE:
        sides = np.full(3, extent.max() * rng.uniform(1.15, 2.2))
    elif framing is Framing.LOOK:
        side = extent.max() * np.exp(rng.uniform(np.log(1.8), np.log(6.5)))
        sides = side * rng.uniform(0.8, 1.2, 3)
    elif framing is Framing.FIRST:
        sides = np.full(3, scene * np.exp(rng.uniform(*np.log(FIRST_LOOK))))
    else:
        sides = extent.max() * rng.uniform(0.4, 1.1) * rng.uniform(0.9, 1.1, 3)
    sides = np.clip(sides, MIN_SIDE_VOXELS, 1.2 * scene)
    sides = np.maximum(sides, sides.max() / MAX_ANISOTROPY)
    at_click = framing in (Framing.INSIDE, Framing.FIRST)
    if at_click or (framing is Framing.LOOK and rng.random() < 0.6):
        centre = along[rng.integers(len(along))].astype(float)
    else:
        slack = np.maximum(sides - extent, 0.25 * extent) / 2
        centre = (low + high) / 2 + rng.uniform(-0.8, 0.8, 3) * slack
    return Frame(axes @ centre, axes, sides)


def crop_labels(labels: NDArray[np.uint8], frame: Frame, size: int) -> NDArray[np.uint8]:
    """Sample labels on a (size, size, size) grid in a frame, `OUTSIDE` beyond the map."""
    unit = (np.arange(size) + 0.5) / size - 0.5
    steps = [np.outer(frame.axes[:, a] * frame.sides[a], unit) for a in range(3)]
    index = []
    inside = np.ones((size, size, size), bool)
    for axis, length in enumerate(labels.shape):
        place = (
            (steps[0][axis] + frame.centre[axis])[:, None, None]
            + steps[1][axis][:, None]
            + steps[2][axis]
        )
        nearest = np.rint(place).astype(np.int32)
        inside &= (nearest >= 0) & (nearest < length)
        index.append(np.clip(nearest, 0, length - 1))
    return np.where(inside, labels[index[0], index[1], index[2]], OUTSIDE).astype(np.uint8)


def _scan_voxel(
    frame: Frame, framing: Framing, size: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return a scan's voxel (3,) in patch voxels.

    A scan mostly shows a scene no finer than its labels are drawn, so that a close look at a
    small object is as blurred as it is in a real scan.
    """
    voxel = np.exp(rng.uniform(-0.7, 0.6)) * size / 32
    if framing in (Framing.LOOK, Framing.FIRST):
        voxel *= 0.6
    drawn = size / frame.sides * rng.uniform(0.5, 1.3)
    if rng.random() < 0.75:
        return np.maximum(np.maximum(voxel, drawn), 1.0)
    return np.full(3, max(voxel, 1.0))


def _largest_part(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the largest connected part: what a click can mean when others cut a shape apart."""
    parts, count = ndimage.label(mask)
    if count < 2:
        return mask
    return np.asarray(parts == np.bincount(parts.ravel())[1:].argmax() + 1)


def _cut_slab(labels: NDArray[np.uint8], rng: np.random.Generator) -> None:
    """End the volume somewhere inside the patch along one axis."""
    axis, n = int(rng.integers(3)), labels.shape[0]
    where = np.moveaxis(labels, axis, 0)
    where[: int(n * rng.uniform(0.0, 0.35))] = OUTSIDE
    if rng.random() < 0.7:
        where[n - int(n * rng.uniform(0.0, 0.35)) :] = OUTSIDE


def _choose_objects(
    scene: Scene,
    row: int,
    frame: Frame,
    shares: NDArray[np.float64],
    eligible: NDArray[np.bool_],
    objects: int,
    rng: np.random.Generator,
) -> list[int]:
    """Return the view's own target and others that lie mostly inside the patch."""
    offsets = (scene.samples - frame.centre) @ frame.axes
    inside = (np.abs(offsets) <= frame.sides / 2).all(axis=2).mean(axis=1)
    share = shares[scene.targets]
    good = eligible & (inside > 0.55) & (share >= MIN_TARGET_SHARE) & (share <= MAX_TARGET_SHARE)
    good[row] = False
    others = rng.permutation(np.flatnonzero(good))[: objects - 1]
    chosen = [int(scene.targets[n]) for n in (row, *others)]
    return chosen + [chosen[0]] * (objects - len(chosen))
