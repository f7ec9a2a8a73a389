"""Abstract scenes: shapes of every sort, so that the model learns clicks and not anatomy."""

import numpy as np

from .canvas import Canvas, Kind, random_path, random_rotation, smooth_noise
from .torso import draw_branches, draw_lesion, draw_tree


def draw_shapes(size: int, rng: np.random.Generator) -> Canvas:
    """Draw a cube full of blobs, cells, tubes, rods, plates, shells and nested shapes."""
    canvas = Canvas(size, rng)
    if rng.random() < 0.45:
        _cells(canvas)
    elif rng.random() < 0.7:
        radii = size * rng.uniform(0.3, 0.6, 3)
        canvas.blob(np.full(3, size / 2), radii, canvas.new_label(Kind.FAT), rough=0.15)
    brushes = (_blob, _blob, _tube, _tree, _rod, _plate, _shell, _nested)
    for _ in range(rng.integers(8, 32)):
        brushes[rng.integers(len(brushes))](canvas)
    canvas.warp(rng.uniform(0.0, 3.0))
    return canvas


def _where(canvas: Canvas) -> np.ndarray:
    return canvas.rng.uniform(0.03, 0.97, 3) * canvas.size


def _radii(canvas: Canvas, low: float, high: float) -> np.ndarray:
    size = canvas.size * np.exp(canvas.rng.uniform(np.log(low), np.log(high)))
    return np.maximum(size * np.exp(canvas.rng.normal(0, 0.35, 3)), 1.5)


def _cells(canvas: Canvas) -> None:
    """Fill the cube with touching cells whose walls are bent."""
    rng, n = canvas.rng, canvas.size
    count = int(rng.integers(4, 24))
    seeds = rng.uniform(0, n, (count, 3))
    stretch = np.exp(rng.normal(0, 0.3, 3))
    axes = np.meshgrid(*[np.arange(n, dtype=np.float32)] * 3, indexing="ij", sparse=True)
    bent = [a + rng.uniform(1, 7) * smooth_noise(n, rng, cells=6) for a in axes]
    best = np.full((n, n, n), np.inf, np.float32)
    for seed in seeds:
        distance = sum(w * (a - c) ** 2 for w, a, c in zip(stretch, bent, seed, strict=True))
        label = canvas.new_label(Kind.ORGAN)
        closer = distance < best
        best[closer] = distance[closer]
        canvas.labels[closer] = label


def _blob(canvas: Canvas) -> None:
    rng = canvas.rng
    label = canvas.new_label(Kind.SHAPE)
    canvas.blob(
        _where(canvas),
        _radii(canvas, 0.03, 0.25),
        label,
        rotation=random_rotation(rng),
        rough=rng.uniform(0, 0.6),
        power=rng.uniform(1.4, 5.0),
    )
    if rng.random() < 0.3:
        draw_lesion(canvas, label)


def _tube(canvas: Canvas) -> None:
    rng = canvas.rng
    length = canvas.size * rng.uniform(0.2, 1.2)
    path = random_path(
        rng, _where(canvas), rng.standard_normal(3), length=length, bend=rng.uniform(0, 0.1)
    )
    canvas.tube(path, canvas.size * rng.uniform(0.013, 0.07), canvas.new_label(Kind.VESSEL))


def _tree(canvas: Canvas) -> None:
    draw_tree(canvas, _where(canvas), radius=canvas.size * canvas.rng.uniform(0.012, 0.04))


def _rod(canvas: Canvas) -> None:
    rng = canvas.rng
    radius = max(canvas.size * rng.uniform(0.012, 0.05), 1.3)
    path = random_path(
        rng, _where(canvas), rng.standard_normal(3), length=radius * rng.uniform(5, 25), bend=0.03
    )
    normal = rng.standard_normal(3)
    canvas.tube(
        path,
        radius,
        canvas.new_label(Kind.RIB),
        flat=rng.uniform(0.4, 1.0),
        normal=normal / np.linalg.norm(normal),
    )


def _plate(canvas: Canvas) -> None:
    """A thin cap cut from a large hollow ball."""
    rng = canvas.rng
    radius = canvas.size * rng.uniform(0.1, 0.35)
    label = canvas.new_label(Kind.SHAPE)
    before = canvas.labels.copy()
    thick = max(rng.uniform(0.05, 0.15), 2.2 / radius)
    centre = _where(canvas)
    canvas.blob(centre, np.full(3, radius), label, rough=0.08, hollow=1 - thick)
    axis = rng.standard_normal(3)
    axis /= np.linalg.norm(axis)
    found = np.argwhere(canvas.labels == label)
    cut = (found - centre) @ axis < radius * rng.uniform(0.0, 0.8)
    gone = tuple(found[cut].T)
    canvas.labels[gone] = before[gone]


def _shell(canvas: Canvas) -> None:
    rng = canvas.rng
    canvas.blob(
        _where(canvas),
        _radii(canvas, 0.06, 0.25),
        canvas.new_label(Kind.SHAPE),
        rotation=random_rotation(rng),
        rough=rng.uniform(0, 0.3),
        hollow=rng.uniform(0.5, 0.85),
    )


def _nested(canvas: Canvas) -> None:
    rng = canvas.rng
    centre, radii, rotation = _where(canvas), _radii(canvas, 0.06, 0.22), random_rotation(rng)
    for _ in range(rng.integers(2, 4)):
        label = canvas.new_label(Kind.SHAPE)
        canvas.blob(centre, radii, label, rotation=rotation, rough=0.15)
        radii = radii * rng.uniform(0.4, 0.8)
    if rng.random() < 0.3:
        path = random_path(rng, centre, rng.standard_normal(3), length=40, bend=0.05)
        draw_branches(canvas, path, radii.min() * 0.4, label, count=2)
