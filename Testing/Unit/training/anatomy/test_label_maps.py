"""Label maps are made ready: instances, wholes, tissues, and targets with samples inside."""

import os
import shutil
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from sammoe.errors import SAMMoEError
from sammoe.training.anatomy.bodies import SHARES, anatomy_path, bodies
from sammoe.training.anatomy.kept_maps import kept_label_map, kept_scene_map
from sammoe.training.anatomy.label_maps import HELD_OUT, SAMPLES, read_label_map
from sammoe.training.anatomy.tissues import LOOKS, Tissue, tissue_of
from small_body import SPACING_MM, small_body

ANATOMY = Path(__file__).parents[4] / "Resources" / "Anatomy"


@pytest.fixture(scope="module")
def body():
    return small_body()


def target(body, name):
    return [target for target in body.targets if target.name == name]


def test_a_value_of_two_parts_becomes_two_instances_left_and_right_apart(body):
    left, right = target(body, "rib6")
    assert left.labels != right.labels
    assert {left.tissue, right.tissue} == {Tissue.RIB}


def test_an_organ_kept_in_parts_is_also_asked_for_as_a_whole(body):
    (whole,) = target(body, "right kidney")
    parts = [target(body, f"right_kidney_{part}")[0] for part in ("cortex", "pyramid")]
    assert set(whole.labels) == {label for part in parts for label in part.labels}
    assert whole.tissue == Tissue.KIDNEY


def test_what_lies_between_the_structures_is_never_asked_for(body):
    assert not target(body, "body_other_tissue")


def test_samples_lie_in_their_target_the_deepest_first_and_reach_its_faces(body):
    for wanted in body.targets:
        voxels = np.floor(wanted.samples_mm / SPACING_MM).astype(int)
        assert len(voxels) == SAMPLES
        assert np.isin(body.labels[tuple(voxels.T)], wanted.labels).all()
        inside = np.argwhere(np.isin(body.labels, wanted.labels))
        assert (voxels.min(axis=0) == inside.min(axis=0)).all()
        assert (voxels.max(axis=0) == inside.max(axis=0)).all()
    (liver,) = target(body, "liver")
    middle = (np.array([8, 12, 8]) + np.array([22, 30, 30])) / 2 * SPACING_MM
    off = np.linalg.norm(liver.samples_mm - middle, axis=1)
    assert off[:10].mean() < off.mean()


@pytest.mark.parametrize(
    ("structure", "group", "tissue"),
    [
        ("L5-L4-IntervertebralDisc", "bone", Tissue.CARTILAGE),
        ("Lumbar3", "bone", Tissue.VERTEBRA),
        ("left_ribs_and_costal_cartilage_bone", "bone", Tissue.RIB),
        ("splenic_vein", "vessel", Tissue.PORTAL),
        ("inferior_vena_cava", "vessel", Tissue.VEIN),
        ("trachea_lumen_air", "lung", Tissue.AIRWAY),
        ("colon_lumen", "bowel", Tissue.LUMEN),
        ("left_lateral_ventricle", "brain", Tissue.CSF),
        ("left_ventricle_heart", "organ", Tissue.BLOOD),
        ("right_psoas_muscle", "muscle", Tissue.MUSCLE),
        ("an unknown thing", "other", Tissue.SOFT),
    ],
)
def test_a_structures_name_says_what_it_is_made_of(structure, group, tissue):
    assert tissue_of(structure, group) is tissue


def test_every_tissue_has_its_grey_values():
    assert set(LOOKS) == set(Tissue)


def test_the_maps_that_come_with_the_project_are_all_there_with_their_licences():
    assert anatomy_path() == ANATOMY
    for name in SHARES:
        assert (ANATOMY / f"{name}.nii.gz").is_file()
        assert (ANATOMY / f"{name}.tsv").is_file()
    assert set(HELD_OUT) < set(SHARES)
    notice = (ANATOMY / "THIRD_PARTY.md").read_text(encoding="utf-8")
    assert all(f"`{name}`" in notice for name in SHARES)


def test_a_real_map_lies_as_a_patient_does():
    body = read_label_map(ANATOMY / "synthseg_brain_14.nii.gz")
    by_name = {wanted.name: wanted.samples_mm.mean(axis=0) for wanted in body.targets}
    assert by_name["left_thalamus"][0] < by_name["right_thalamus"][0]
    assert by_name["brainstem"][2] < by_name["left_thalamus"][2]
    assert by_name["left_cerebellar_cortex"][1] < by_name["left_thalamus"][1]


def test_a_map_is_read_wherever_it_lies(tmp_path):
    folder = Path(os.fsdecode(os.path.join(os.fsencode(tmp_path), b"M\xfcller")))
    folder.mkdir()
    for name in ("synthseg_brain_14.nii.gz", "synthseg_brain_14.tsv"):
        shutil.copy(ANATOMY / name, folder)
    there, here = (read_label_map(at / "synthseg_brain_14.nii.gz") for at in (folder, ANATOMY))
    np.testing.assert_array_equal(there.labels, here.labels)


def test_a_missing_map_is_named(tmp_path):
    with pytest.raises(SAMMoEError, match=r"spl_abdomen\.nii\.gz is missing"):
        bodies(tmp_path, held_out=False, scenes=(), device="cpu")


KEPT = pytest.mark.parametrize(
    "read",
    [
        pytest.param(partial(kept_label_map, ANATOMY / "synthseg_brain_14.nii.gz"), id="a body"),
        pytest.param(partial(kept_scene_map, 3), id="a scene"),
    ],
)


@KEPT
def test_a_map_is_kept_as_it_was_made_ready_and_a_damaged_one_is_made_again(read, tmp_path):
    made = read(tmp_path)
    (kept,) = tmp_path.iterdir()
    stamp = kept.stat().st_mtime_ns
    again = read(tmp_path)
    assert kept.stat().st_mtime_ns == stamp
    assert (made.name, made.labels.dtype) == (again.name, again.labels.dtype)
    assert np.array_equal(made.labels, again.labels)
    assert np.array_equal(made.tissues, again.tissues)
    assert np.array_equal(made.spacing_mm, again.spacing_mm)
    assert [t.name for t in made.targets] == [t.name for t in again.targets]
    assert all(
        (a.labels, a.tissue) == (b.labels, b.tissue) and np.array_equal(a.samples_mm, b.samples_mm)
        for a, b in zip(made.targets, again.targets, strict=True)
    )
    kept.write_bytes(kept.read_bytes()[:1000])
    assert np.array_equal(read(tmp_path).labels, made.labels)
    assert kept.stat().st_size > 1000


def test_a_map_that_cannot_be_kept_is_used_all_the_same(tmp_path):
    (tmp_path / "file").touch()
    assert kept_scene_map(3, tmp_path / "file").name == "scene-3"
