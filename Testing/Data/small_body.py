"""A small body for the painter: a rib in fat, a kidney of two parts, a vertebra, in oblique mm."""

import numpy as np

from sammoe.training.anatomy.label_maps import LabelMap, made_ready

SPACING_MM = np.array([2.0, 1.5, 2.5])
NAMES = {
    1: ("body_other_tissue", "other"),
    2: ("liver", "organ"),
    3: ("right_kidney_cortex", "organ"),
    4: ("right_kidney_pyramid", "organ"),
    5: ("Lumbar1", "bone"),
    6: ("rib6", "bone"),
}


def small_body() -> LabelMap:
    """Return a body of 48 x 56 x 40 voxels whose ribs, of one value, lie on both sides."""
    values = np.zeros((48, 56, 40), np.int32)
    values[4:44, 4:52] = 1
    values[8:22, 12:30, 8:30] = 2
    values[28:40, 14:26, 8:20] = 3
    values[31:37, 17:23, 11:17] = 4
    values[20:28, 38:46, 14:26] = 5
    values[6:9, 8:48, 30:34] = 6
    values[39:42, 8:48, 30:34] = 6
    return made_ready("small", values, SPACING_MM, NAMES)
