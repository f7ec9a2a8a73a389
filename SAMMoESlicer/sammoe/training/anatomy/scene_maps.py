"""Geometric scenes as label maps: shapes nobody has, of all sizes, beside real anatomy."""

import numpy as np
from scipy import ndimage

from ..synthetic.scenes import Scene, make_scene
from .label_maps import LabelMap, Target
from .tissues import TISSUE_OF_KIND, Kind, Tissue

VOXEL_MM = (1.0, 3.2)


def scene_map(seed: int) -> LabelMap:
    """Return geometric scene number `seed`, its voxels of some size between 1 and 3.2 mm."""
    return as_label_map(make_scene(seed), seed)


def as_label_map(scene: Scene, seed: int) -> LabelMap:
    """Return a scene as a label map; a shape's samples are sorted by their depth."""
    voxel_mm = float(np.exp(np.random.default_rng((2025, seed)).uniform(*np.log(VOXEL_MM))))
    tissues = np.array([TISSUE_OF_KIND[Kind(int(kind))] for kind in scene.kinds], np.uint8)
    targets = []
    boxes = ndimage.find_objects(scene.labels)
    for label, samples in zip(scene.targets.tolist(), scene.samples, strict=True):
        box = boxes[label - 1]
        inside = np.pad(scene.labels[box] == label, 1)
        depth = ndimage.distance_transform_edt(inside)
        start = np.array([s.start for s in box])
        depths = depth[tuple((samples.astype(int) - start + 1).T)]
        places = (samples[np.argsort(-depths, kind="stable")] + 0.5) * voxel_mm
        targets.append(
            Target(f"shape {label}", (label,), Tissue(int(tissues[label])), 1.0,
                   places.astype(np.float32))
        )  # fmt: skip
    return LabelMap(
        name=f"scene-{seed}",
        labels=scene.labels.astype(np.int16),
        spacing_mm=np.full(3, voxel_mm),
        tissues=tissues,
        targets=tuple(targets),
    )
