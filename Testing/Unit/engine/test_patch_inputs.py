"""Prompts in the frame of a patch: a box gives way to clicks on the object beyond it."""

import numpy as np
import pytest

from sammoe import PromptSet
from sammoe.crop import make_crop
from sammoe.engine.patch_inputs import GROWN_MM, place_prompts
from sammoe.engine.prompts_ijk import resolve
from sammoe.geometry import transform_points
from sammoe.volume import Volume

SPACING_MM = np.array([0.8, 1.0, 2.5])
VOLUME = Volume(np.zeros((40, 80, 100), np.float32), np.diag([*SPACING_MM, 1.0]))
CROP = make_crop(
    VOLUME.ijk_to_ras, centre_ijk=[50, 40, 20], spacing_mm=np.array([1.0, 1.5, 2.0]), size=32
)
BOX_IJK = np.array([[40.0, 30.0, 14.0], [60.0, 50.0, 26.0]])


def box_after(*clicks_ijk, label=1):
    """Return the box a decoder is told, IJK (2, 3), after clicks."""
    at_ras = transform_points(np.array(clicks_ijk, float).reshape(-1, 3), VOLUME.ijk_to_ras)
    box_ras = transform_points(BOX_IJK, VOLUME.ijk_to_ras)
    prompts = resolve(PromptSet(at_ras, [label] * len(at_ras), box_ras=box_ras), VOLUME, maps=True)
    box = place_prompts(prompts, CROP, boxes_trained=True).box
    return np.sort(CROP.points_to_ijk(box), axis=0)


def test_a_box_stays_as_it_was_drawn_while_clicks_lie_well_inside():
    np.testing.assert_allclose(box_after(), BOX_IJK, atol=1e-4)
    np.testing.assert_allclose(box_after([50, 40, 20]), BOX_IJK, atol=1e-4)


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("face", [0, 1])
def test_a_click_on_the_object_beyond_a_face_moves_that_face_over_it(axis, face):
    click = np.array([50.0, 40.0, 20.0])
    click[axis] = BOX_IJK[face, axis] + (2 * face - 1) * 3
    expected = BOX_IJK.copy()
    expected[face, axis] = click[axis] + (2 * face - 1) * GROWN_MM / SPACING_MM[axis]
    np.testing.assert_allclose(box_after(click), expected, atol=1e-4)


def test_a_click_beside_the_object_moves_nothing():
    np.testing.assert_allclose(box_after([36, 40, 20], label=0), BOX_IJK, atol=1e-4)
