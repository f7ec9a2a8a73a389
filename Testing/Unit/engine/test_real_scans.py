"""The embedded default on real scans: where a mask may be, and that it is of what was clicked."""

from functools import cache
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from sammoe import CheckpointError, PredictOptions, PromptSet
from sammoe.bundle import default_bundle_path
from sammoe.engine import Predictor
from sammoe.geometry import box_slices_kji, transform_points
from sammoe.image_io import read_volume
from sammoe.overlap import dice
from sammoe.prompts import MaskPrompt

DATA = Path(__file__).parents[4] / "shared" / "data"
VERTEBRAE = ("ct_torso.nii.gz", "ct_torso_spine_labels.nii.gz", (27, 28, 29, 30, 31))
ORGANS = ("ct_upper_abdomen.nii.gz", "ct_upper_abdomen_labels.nii.gz", range(1, 10))
TUMOUR = ("mr_brain_tumour.nrrd", "mr_brain_tumour_label.nrrd", (1,))
STRUCTURES = [(*scan[:2], label) for scan in (VERTEBRAE, ORGANS, TUMOUR) for label in scan[2]]

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"the real scans are not at {DATA}")


@pytest.fixture(scope="module")
def predictor():
    try:
        default_bundle_path()
    except CheckpointError as error:
        pytest.skip(str(error))
    return Predictor.from_bundle(device="cpu")


def middle_ras(label_kji, volume):
    """Return the voxel farthest from the structure's surface, RAS mm."""
    image = sitk.GetImageFromArray(label_kji.astype(np.uint8))
    image.SetSpacing(volume.spacing_mm.tolist())
    depth = sitk.SignedMaurerDistanceMap(image, insideIsPositive=True, useImageSpacing=True)
    voxel_kji = np.unravel_index(np.argmax(sitk.GetArrayViewFromImage(depth)), label_kji.shape)
    return transform_points([voxel_kji[::-1]], volume.ijk_to_ras)[0]


@pytest.fixture(scope="module")
def clicked(predictor):
    """A structure's truth, the one click in its middle, and what the product showed; once each."""

    @cache
    def click(image, labels, label):
        volume = read_volume(DATA / image)
        truth = read_volume(DATA / labels).array_kji == label
        prompts = PromptSet([middle_ras(truth, volume)], [1])
        predictor.set_volume(volume)
        return volume, truth, prompts, predictor.predict(prompts, PredictOptions())

    return click


@pytest.mark.parametrize(
    ("image", "labels", "label"),
    STRUCTURES,
    ids=[f"{s[0].split('.')[0]}-{s[2]}" for s in STRUCTURES],
)
def test_a_click_in_a_structure_is_in_its_mask_which_stays_in_the_crop(
    clicked, image, labels, label
):
    volume, _, prompts, result = clicked(image, labels, label)
    i, j, k = np.floor(volume.points_ijk(prompts.points_ras)[0] + 0.5).astype(int)
    assert result.mask_kji[k, j, i]
    outside = result.mask_kji.copy()
    outside[box_slices_kji(result.crop_box_ijk)] = False
    assert not outside.any()


@pytest.mark.parametrize("scan", [VERTEBRAE, ORGANS], ids=["vertebrae", "organs"])
def test_the_masks_are_of_what_was_clicked(clicked, scan):
    """A ball around each click would give a third of this; a new model must not fall below."""
    shown = [clicked(*scan[:2], label) for label in scan[2]]
    overlaps = [dice(result.mask_kji, truth) for _, truth, _, result in shown]
    assert np.mean(overlaps) > 0.35


@pytest.mark.parametrize("label", [1, 0], ids=["what was missed", "what is too much"])
def test_a_click_mends_an_earlier_mask_and_does_not_lose_it(predictor, label):
    """Masks two voxels beside the organs overlap with them by two thirds."""
    volume = read_volume(DATA / ORGANS[0])
    labels = read_volume(DATA / ORGANS[1]).array_kji
    predictor.set_volume(volume)
    before, after = [], []
    for organ in ORGANS[2]:
        truth = labels == organ
        earlier = np.roll(truth, 2, axis=2)
        wrong = truth & ~earlier if label else earlier & ~truth
        mask = MaskPrompt(earlier, np.stack([np.zeros(3, int), volume.shape_ijk]))
        shown = predictor.predict(PromptSet([middle_ras(wrong, volume)], [label], mask=mask))
        before.append(dice(earlier, truth))
        after.append(dice(shown.mask_kji, truth))
    assert np.mean(after) > np.mean(before)
