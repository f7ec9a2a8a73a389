"""Filters on what is small: the same numbers as SimpleITK's own, on one thread."""

import numpy as np
import SimpleITK as sitk

from sammoe.engine.small_filters import components, filtered


def test_components_are_joined_by_faces():
    mask = np.zeros((4, 5, 6), bool)
    mask[0, 0, :3] = mask[1, 1, 3:] = mask[3, 4, 5] = True
    numbers = components(mask)
    assert numbers.shape == mask.shape
    assert (numbers[~mask] == 0).all()
    assert len(set(numbers[mask])) == 3
    assert len(set(numbers[0, 0, :3])) == len(set(numbers[1, 1, 3:])) == 1


def test_nothing_has_no_components():
    assert not components(np.zeros((2, 3, 4), bool)).any()


def test_a_filter_gives_what_simpleitk_gives_and_is_not_shared_among_cores():
    mask = np.random.default_rng(1).random((9, 8, 7)) < 0.4
    image = sitk.GetImageFromArray(mask.astype(np.uint8))
    distance = sitk.SignedMaurerDistanceMapImageFilter()
    distance.SquaredDistanceOff()
    found = filtered(distance, image)
    expected = sitk.SignedMaurerDistanceMap(image, squaredDistance=False)
    assert np.array_equal(found, sitk.GetArrayFromImage(expected))
    assert distance.GetNumberOfThreads() == distance.GetNumberOfWorkUnits() == 1
