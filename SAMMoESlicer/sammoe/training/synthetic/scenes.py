"""Pre-generated scenes: label maps in one memory-mapped file with what is known of every label."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...whole_file import written_whole
from .canvas import Canvas, Kind
from .shapes import draw_shapes
from .torso import Torso

SCENE_SIZE = 112
SAMPLES_PER_LABEL = 192
MIN_VOXELS = 60
TORSO_SHARE = 0.6

logger = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Scene:
    """One label map.

    Attributes:
        labels: (n, n, n) uint8.
        kinds: (256,) uint8, the `Kind` of every label.
        targets: (T,) labels large enough to be prompted.
        samples: (T, 192, 3) positions of voxels of every target, at random, with repeats.
    """

    labels: NDArray[np.uint8]
    kinds: NDArray[np.uint8]
    targets: NDArray[np.uint8]
    samples: NDArray[np.uint8]


def make_scene(seed: int, *, size: int = SCENE_SIZE) -> Scene:
    """Draw scene number `seed`; the same number always gives the same scene."""
    rng = np.random.default_rng((2024, seed))
    torso = rng.random() < TORSO_SHARE
    canvas = Torso(size, rng).draw() if torso else draw_shapes(size, rng)
    return _describe(canvas, rng)


def _describe(canvas: Canvas, rng: np.random.Generator) -> Scene:
    counts = np.bincount(canvas.labels.ravel(), minlength=256)
    order = np.argsort(canvas.labels, axis=None, kind="stable")
    ends = np.cumsum(counts)
    whole = canvas.size**3
    targets = [
        label
        for label, kind in enumerate(canvas.kinds)
        if MIN_VOXELS <= counts[label] < 0.3 * whole and kind is not Kind.BACKGROUND
    ]
    samples = np.zeros((len(targets), SAMPLES_PER_LABEL, 3), np.uint8)
    for row, label in enumerate(targets):
        chosen = rng.integers(ends[label] - counts[label], ends[label], SAMPLES_PER_LABEL)
        samples[row] = np.stack(np.unravel_index(order[chosen], canvas.labels.shape), axis=1)
    kinds = np.zeros(256, np.uint8)
    kinds[: len(canvas.kinds)] = canvas.kinds
    return Scene(canvas.labels, kinds, np.array(targets, np.uint8), samples)


class SceneStore:
    """Scenes kept on disk; a missing or unfinished store is filled, never rebuilt.

    Several processes may fill one store at the same time.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._paths: list[Path] = sorted(folder.glob("scene-*.npz"))
        self._labels: dict[int, Scene] = {}

    def __len__(self) -> int:
        return len(self._paths)

    def fill(self, numbers: Iterable[int]) -> None:
        """Draw the scenes of `numbers` that are not there yet."""
        for number in numbers:
            path = self.folder / f"scene-{number:05d}.npz"
            if path.exists():
                continue
            scene = make_scene(number)
            with written_whole(path) as stream:
                np.savez_compressed(
                    stream,
                    labels=scene.labels,
                    kinds=scene.kinds,
                    targets=scene.targets,
                    samples=scene.samples,
                )
        self._paths = sorted(self.folder.glob("scene-*.npz"))
        logger.info("%d scenes in the store", len(self))

    def __getitem__(self, index: int) -> Scene:
        if index not in self._labels:
            with np.load(self._paths[index]) as arrays:
                self._labels[index] = Scene(**{name: arrays[name] for name in arrays.files})
        return self._labels[index]
