"""The synthetic generator: the same number gives the same scene, and views show their objects."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

from sammoe.training.synthetic.appearance import OUTSIDE, paint
from sammoe.training.synthetic.canvas import Canvas, Kind, random_rotation
from sammoe.training.synthetic.scenes import SceneStore, make_scene
from sammoe.training.synthetic.views import (
    FIRST_LOOK,
    UPRIGHT_DEGREES,
    Frame,
    Framing,
    Wanted,
    crop_labels,
    random_axes,
    random_frame,
    sample_views,
)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    store = SceneStore(tmp_path_factory.mktemp("scenes"))
    store.fill(range(3))
    return store


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


def test_the_store_keeps_what_is_there_and_fills_what_is_missing(tmp_path):
    store = SceneStore(tmp_path)
    store.fill(range(1))
    before = (tmp_path / "scene-00000.npz").stat().st_mtime_ns
    store.fill(range(2))
    assert len(SceneStore(tmp_path)) == 2
    assert (tmp_path / "scene-00000.npz").stat().st_mtime_ns == before


def test_several_may_fill_one_store_at_the_same_time(tmp_path):
    stores = [SceneStore(tmp_path) for _ in range(4)]
    with ThreadPoolExecutor(len(stores)) as threads:
        list(threads.map(lambda store: store.fill(range(1)), stores))
    assert [path.name for path in tmp_path.iterdir()] == ["scene-00000.npz"]
    assert np.array_equal(stores[0][0].labels, make_scene(0).labels)


def test_views_of_the_same_seed_are_the_same_and_show_what_is_asked_for(store):
    first, again = (
        sample_views(store, np.random.default_rng(7), views=2, objects=2, size=32) for _ in range(2)
    )
    assert torch.equal(first.patches, again.patches)
    assert torch.equal(first.masks, again.masks)
    assert first.rows.tolist() == [0, 0, 1, 1]
    assert first.masks.flatten(1).any(dim=1).all()
    assert first.patches.min() >= -1
    assert first.patches.max() <= 1


def test_only_the_wanted_kinds_are_asked_for(store):
    wanted = Wanted(kinds=(Kind.VESSEL,))
    batch = sample_views(
        store, np.random.default_rng(1), views=3, objects=2, size=32, wanted=wanted
    )
    assert set(batch.kinds.tolist()) == {int(Kind.VESSEL)}


def test_a_frame_on_the_grid_returns_the_grids_own_labels():
    labels = np.arange(8**3, dtype=np.uint8).reshape(8, 8, 8) % 250
    frame = Frame(np.full(3, 3.5), np.eye(3), np.full(3, 8.0))
    assert np.array_equal(crop_labels(labels, frame, 8), labels)


def test_upright_views_lie_nearly_along_the_scene_and_others_in_all_poses():
    rng = np.random.default_rng(0)
    upright = np.array([random_axes(rng, upright=True) for _ in range(40)])
    diagonal = upright[:, range(3), range(3)]
    assert diagonal.min() >= np.cos(np.radians(UPRIGHT_DEGREES)) - 1e-9
    turned = np.array([random_axes(rng, upright=False) for _ in range(40)])
    assert (turned[:, range(3), range(3)] < 0).any(axis=0).all()


def test_a_first_look_is_a_cube_around_a_voxel_as_wide_whatever_the_object_is():
    rng = np.random.default_rng(0)
    small = rng.integers(50, 54, (192, 3)).astype(np.uint8)
    large = rng.integers(5, 105, (192, 3)).astype(np.uint8)
    for samples in (small, large):
        frames = [random_frame(samples, np.eye(3), Framing.FIRST, rng, scene=112) for _ in range(9)]
        for frame in frames:
            assert len(set(frame.sides)) == 1
            assert FIRST_LOOK[0] * 112 <= frame.sides[0] <= FIRST_LOOK[1] * 112
            assert (np.abs(samples - frame.centre).max(axis=1) < 1e-6).any()


def test_what_lies_beyond_the_scene_is_outside_and_painted_as_padding():
    labels = np.ones((8, 8, 8), np.uint8)
    frame = Frame(np.array([-4.5, 3.5, 3.5]), np.eye(3), np.full(3, 16.0))
    crop = crop_labels(labels, frame, 16)
    assert (crop[:4] == OUTSIDE).all()
    kinds = np.full(256, Kind.ORGAN, np.uint8)
    patch = paint(crop, kinds, 1, np.random.default_rng(0), voxel=1.0)
    assert (patch[crop == OUTSIDE] == -1).all()
    assert (patch[crop == 1] > -1).any()


def test_a_target_can_be_told_from_its_surroundings():
    labels = np.ones((16, 16, 16), np.uint8)
    labels[5:11, 5:11, 5:11] = 2
    kinds = np.full(256, Kind.ORGAN, np.uint8)
    inside = labels == 2
    for seed in range(10):
        patch = paint(labels, kinds, 2, np.random.default_rng(seed), voxel=1.0)
        assert abs(patch[inside].mean() - patch[~inside].mean()) > 0.005


def test_lifelike_bone_is_bright_and_otherwise_it_may_look_like_anything():
    labels = np.ones((16, 16, 16), np.uint8)
    labels[5:11, 5:11, 5:11] = 2
    kinds = np.full(256, Kind.MUSCLE, np.uint8)
    kinds[2] = Kind.RIB
    inside = labels == 2

    def contrasts(*, lifelike):
        patches = [
            paint(
                labels, kinds, 2, np.random.default_rng(seed),
                voxel=1.0, ct_share=1.0, lifelike=lifelike,
            )
            for seed in range(30)
        ]  # fmt: skip
        return [patch[inside].mean() - patch[~inside].mean() for patch in patches]

    assert min(contrasts(lifelike=True)) > 0.05
    assert min(contrasts(lifelike=False)) < 0.02


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
