"""Files that are taken home: their names, and what is in them."""

import io
import json
import zipfile

import numpy as np
import pytest

pytest.importorskip("trame_slicer", reason="trame-slicer is not installed here")

from full_disk import disk_with_room_for
from sammoe.errors import SAMMoEError
from sammoe.image_io import read_curves
from sammoe_web.saved_names import stem_of
from sammoe_web.whole_nrrd import is_whole
from session_user import near
from web_session import LINE_MM


def saved_prompts(work, folder):
    """Return the extracted markups files, by name."""
    content = work.saving.make("prompts").content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        archive.extractall(folder)
    return {path.name: path for path in sorted(folder.iterdir())}


def test_every_scribble_is_a_file_of_its_own_that_says_what_it_asks_for(work, tmp_path):
    work.click()
    for offset_mm, is_object in ((0.0, True), (2.0, True), (4.0, False)):
        work.scribble(offset_mm, is_object=is_object)
    name = work.worklist.segments()[0].name
    files = saved_prompts(work, tmp_path / "prompts")
    assert list(files) == [
        f"01 {name} 01 object points.mrk.json",
        f"01 {name} 02 object scribble.mrk.json",
        f"01 {name} 03 object scribble.mrk.json",
        f"01 {name} 04 background scribble.mrk.json",
    ]
    for path, offset_mm in zip(list(files.values())[1:], (0.0, 2.0, 4.0), strict=True):
        (curve,) = read_curves(path)
        np.testing.assert_allclose(
            curve.points_ras[0], near(work.centre, 0, offset_mm, 0), atol=1e-4
        )
        np.testing.assert_allclose(np.ptp(curve.points_ras[:, 0]), LINE_MM, atol=1e-4)


def test_a_markups_file_says_itself_whether_it_means_the_object(work, tmp_path):
    work.click()
    work.scribble(4.0, is_object=False)
    said = [
        {point["description"].split(" [")[0] for point in markups["controlPoints"]}
        for path in saved_prompts(work, tmp_path / "prompts").values()
        for markups in json.loads(path.read_text("utf-8"))["markups"]
    ]
    assert said == [{"object"}, {"background"}]


def test_a_markups_file_has_a_name_that_every_system_takes(work, tmp_path):
    work.click()
    work.worklist.node.GetSegmentation().GetNthSegment(0).SetName('left: "a/b"?')
    (name,) = saved_prompts(work, tmp_path / "prompts")
    assert name == "01 left_ _a_b_ 01 object points.mrk.json"


def test_a_point_that_only_follows_the_mouse_is_not_saved(work, tmp_path):
    work.click()
    node = work.session.promptNode(work.roles.NEGATIVE)
    control_point = node.AddNControlPoints(1, "", [1.0, 2.0, 3.0])
    node.SetNthControlPointPosition(control_point, 1.0, 2.0, 3.0, node.PositionPreview)
    assert len(saved_prompts(work, tmp_path / "prompts")) == 1


@pytest.mark.parametrize(
    ("scan", "stem"),
    [
        ("P01.baseline", "P01.baseline"),
        ("P01.followup", "P01.followup"),
        ("1.2.840.113619", "1.2.840.113619"),
        ("scan.nii.gz", "scan"),
        ("SCAN.NII.GZ", "SCAN"),
        ("scan.v2.nrrd", "scan.v2"),
        ("series", "series"),
        (".nii", ".nii"),
        ("", "scene"),
    ],
)
def test_only_the_ending_of_an_image_is_cut_off_a_scans_name(scan, stem):
    assert stem_of(scan) == stem


@pytest.mark.parametrize("kind", ["segmentation", "labels", "scene", "prompts", "report"])
@pytest.mark.parametrize("part", [0.0, 0.1, 0.5, 0.999])
def test_on_a_full_disk_nothing_is_handed_out_and_nothing_counts_as_saved(work, kind, part):
    work.click()
    whole = work.saving.make(kind)
    room = int(part * len(whole.content))
    refused = pytest.raises(SAMMoEError, match=r"cannot be written.*(space|full)")
    with disk_with_room_for(room), refused:
        work.saving.make(kind)
    assert work.unsaved.exists


def test_a_segmentation_without_voxels_is_whole_too(work):
    work.worklist.ensure_chosen()
    assert work.saving.make("segmentation").content
    assert work.saving.make("scene").content


def test_a_bundle_in_which_a_segmentation_is_cut_off_is_not_whole(work, tmp_path):
    work.click()
    content = work.saving.make("segmentation").content
    for name, size in (("cut", len(content) - 1), ("whole", len(content))):
        with zipfile.ZipFile(tmp_path / f"{name}.mrb", "w") as archive:
            archive.writestr("scene/Data/Segmentation.seg.nrrd", content[:size])
    assert is_whole(tmp_path / "whole.mrb")
    assert not is_whole(tmp_path / "cut.mrb")
