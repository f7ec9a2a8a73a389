"""Geometric scenes: the same number gives the same scene, its samples lie in their objects."""

import numpy as np
import pytest

from sammoe.training.synthetic.canvas import Canvas, Kind, random_rotation
from sammoe.training.synthetic.scenes import make_scene


def test_the_same_number_draws_the_same_scene_and_another_number_another():
    first, again, other = make_scene(4, size=48), make_scene(4, size=48), make_scene(5, size=48)
    assert np.array_equal(first.labels, again.labels)
    assert np.array_equal(first.samples, again.samples)
    assert not np.array_equal(first.labels, other.labels)


def test_a_scenes_samples_are_voxels_of_their_labels():
    scene = make_scene(4, size=48)
    assert len(scene.targets) > 2
    for label, where in zip(scene.targets, scene.samples, strict=True):
        assert (scene.labels[tuple(where.astype(int).T)] == label).all()


def test_a_tube_is_connected_and_as_thick_as_asked():
    canvas = Canvas(24, np.random.default_rng(0))
    label = canvas.new_label(Kind.VESSEL)
    path = np.stack([np.linspace(2, 21, 40), np.full(40, 12.0), np.full(40, 12.0)], axis=1)
    canvas.tube(path, 2.0, label)
    drawn = canvas.labels == label
    assert drawn[3:20, 12, 12].all()
    assert 9 <= drawn[10].sum() <= 13


def test_a_random_rotation_keeps_lengths_and_handedness():
    rotation = random_rotation(np.random.default_rng(0))
    assert np.allclose(rotation @ rotation.T, np.eye(3))
    assert np.linalg.det(rotation) == pytest.approx(1.0)
