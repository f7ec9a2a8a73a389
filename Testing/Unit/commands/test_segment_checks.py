"""What `sammoe segment` refuses before it starts a worker, which here could not start."""

import argparse
import json
import os
import shutil

import numpy as np
import pytest
import SimpleITK as sitk

from grids import GRIDS, ellipsoid_volume
from raw_dicom import write_slice
from sammoe.cli import main
from sammoe.commands.arguments import add_prompts
from sammoe.commands.prediction import prompts_from
from sammoe.image_io import SegmentInfo, write_mask, write_volume
from sammoe.image_io.volume_files import to_image

VOLUME, BALL, CENTRE_RAS = ellipsoid_volume(GRIDS["oblique"], (20, 18, 16), radii_mm=(6, 5, 4))
POINT = "--point=" + ",".join(f"{value:.2f}" for value in CENTRE_RAS)
WORKER_ASKED, REFUSED = 1, 2


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder with a volume, masks, a DICOM folder and a bundle's card; one works in it."""
    write_volume(tmp_path / "scan.nii.gz", VOLUME)
    write_mask(tmp_path / "mask.seg.nrrd", BALL, VOLUME.ijk_to_ras, segment=SegmentInfo("ball"))
    (tmp_path / "dicom").mkdir()
    for number in range(4):
        position = [0.0, 0.0, 2.0 * number]
        write_slice(
            tmp_path / "dicom" / f"{number}.dcm", np.full((9, 9), 1024 + number), number=number + 1,
            series="1.2.3", ImagePositionPatient=position,
        )  # fmt: skip
    (tmp_path / "bundle").mkdir()
    (tmp_path / "bundle" / "bundle.json").write_text("{}")
    write_curve(tmp_path / "scribble.mrk.json", CENTRE_RAS + np.array([(0, 0, 0), (3, 1, 0)]))
    write_curve(tmp_path / "outside.mrk.json", CENTRE_RAS + np.array([(800, 0, 0), (900, 0, 0)]))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write_curve(path, points_ras, kind="Curve", description=""):
    said = {"positionStatus": "defined", "description": description}
    points = [{"position": point.tolist(), **said} for point in points_ras]
    markup = {"type": kind, "coordinateSystem": "RAS", "controlPoints": points}
    path.write_text(json.dumps({"markups": [markup]}))


def segment(*words, output="out.nii.gz"):
    return main(["segment", *words, "-o", str(output), "--worker", "no-such-program"])


def contents(folder):
    return {
        path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def test_the_worker_is_asked_where_nothing_is_wrong(place, capsys):
    assert segment("scan.nii.gz", POINT) == WORKER_ASKED
    assert "no-such-program" in capsys.readouterr().err


def test_a_scribble_alone_says_where_the_object_is(place, capsys):
    assert segment("scan.nii.gz", "--curve", "scribble.mrk.json") == WORKER_ASKED
    assert segment("scan.nii.gz", "--negative-curve", "scribble.mrk.json") == REFUSED
    assert "place a foreground point" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("option", "side", "words"),
    [
        ("--curve", "background", "means the background; give it with --negative-curve"),
        ("--negative-curve", "object", "means the object; give it with --curve"),
    ],
)
def test_a_curve_that_says_it_means_the_other_side_is_refused(place, capsys, option, side, words):
    """As the page's files do, in which only that tells one from the other."""
    for description in ("", "object", "background"):
        path = place / f"{description or 'silent'}.mrk.json"
        write_curve(path, CENTRE_RAS + np.array([(0, 0, 0), (3, 1, 0)]), description=description)
    assert segment("scan.nii.gz", POINT, option, f"{side}.mrk.json") == REFUSED
    assert words in capsys.readouterr().err
    right = {"object": "background", "background": "object"}[side]
    for name in (right, "silent"):
        assert segment("scan.nii.gz", POINT, option, f"{name}.mrk.json") == WORKER_ASKED


def test_clicks_and_curves_are_taken_in_the_order_in_which_they_are_given(place):
    ring = CENTRE_RAS + np.array([(0, 0, 0), (3, 1, 0), (2, 4, 0)])
    write_curve(place / "ring.mrk.json", ring, "ClosedCurve")
    parser = argparse.ArgumentParser()
    add_prompts(parser)
    words = ["--curve", "scribble.mrk.json", POINT, "--negative-curve", "ring.mrk.json", POINT]
    prompts = prompts_from(parser.parse_args(words), VOLUME)
    assert prompts.curve_steps.tolist() == [0, 2]
    assert prompts.step_labels.tolist() == [1, 1, 0, 1]
    assert [curve.closed for curve in prompts.curves] == [False, True]
    np.testing.assert_allclose(prompts.curves[1].points_ras[::10], ring)


OUTPUTS_THAT_ARE_INPUTS = {
    "the volume": ("./scan.nii.gz", []),
    "by another way": ("bundle/../scan.nii.gz", []),
    "in capitals": ("SCAN.NII.GZ", []),
    "a link": ("link.nii.gz", []),
    "a hard link": ("hard.nii.gz", []),
    "the earlier mask": ("mask.seg.nrrd", ["--mask", "mask.seg.nrrd"]),
    "the report": ("out.nii.gz", ["--report", "scan.nii.gz"]),
    "the bundle's card": ("out.nii.gz", ["--report", "bundle/bundle.json", "--bundle", "bundle"]),
}


@pytest.mark.parametrize(
    ("output", "words"), OUTPUTS_THAT_ARE_INPUTS.values(), ids=OUTPUTS_THAT_ARE_INPUTS.keys()
)
def test_an_output_that_is_an_input_is_refused(place, capsys, output, words):
    (place / "link.nii.gz").symlink_to("scan.nii.gz")
    os.link(place / "scan.nii.gz", place / "hard.nii.gz")
    before = contents(place)
    assert segment("scan.nii.gz", POINT, *words, output=output) == REFUSED
    assert "is read as an input" in capsys.readouterr().err
    assert contents(place) == before


def test_a_slice_of_the_dicom_folder_is_no_place_for_a_report(place, capsys):
    assert segment("dicom", "--point=0,0,2", "--report", "dicom/2.dcm") == REFUSED
    assert "is read as an input" in capsys.readouterr().err
    assert segment("dicom", "--point=0,0,2", "--report", "dicom/report.json") == WORKER_ASKED


def test_the_voxels_beside_a_header_are_no_place_for_a_report(place, capsys):
    sitk.WriteImage(to_image(VOLUME.array_kji, VOLUME.ijk_to_ras), "pair.mhd")
    assert segment("pair.mhd", POINT, "--report", "pair.raw") == REFUSED
    assert "is read as an input" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--report", "out.nii.gz"], "two outputs would both be out.nii.gz"),
        (["--report", "missing/report.json"], "does not exist"),
        (["--report", "bundle"], "is a folder"),
        (["--figure", "picture.docx"], "a picture is written as .png"),
        (["--figure", "missing/picture.png"], "does not exist"),
        (["--point", "900,0,0"], "lies outside the volume"),
        (["--negative", "900,0,0"], "lies outside the volume"),
        (["--curve", "missing.mrk.json"], "missing.mrk.json cannot be read: No such file"),
        (["--curve", "scan.nii.gz"], "is not JSON; choose a .mrk.json"),
        (["--negative-curve", "outside.mrk.json"], "curve 1 lies outside the volume"),
        (["--curve", "scribble.mrk.json", "--report", "scribble.mrk.json"], "read as an input"),
        (["--segment", "ball"], "name that with --mask"),
        (["--mask", "mask.seg.nrrd", "--segment", "liver"], "no segment 'liver'; it has: ball"),
    ],
)
def test_what_cannot_be_done_is_refused(place, capsys, words, message):
    assert segment("scan.nii.gz", POINT, *words) == REFUSED
    said = capsys.readouterr().err
    assert message in said
    assert said.count("\n") == 1
    assert not (place / "out.nii.gz").exists()


def test_a_sheared_volume_s_mask_is_not_asked_for_as_nifti(place, capsys):
    volume, _, centre = ellipsoid_volume(GRIDS["sheared"], (20, 18, 16), radii_mm=(6, 5, 4))
    write_volume(place / "tilted.nrrd", volume)
    point = "--point=" + ",".join(f"{value:.2f}" for value in centre)
    assert segment("tilted.nrrd", point) == REFUSED
    assert ".seg.nrrd" in capsys.readouterr().err
    assert segment("tilted.nrrd", point, output="out.seg.nrrd") == WORKER_ASKED


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_one_may_not_write_to_is_refused(place, capsys):
    (place / "locked").mkdir(mode=0o500)
    assert segment("scan.nii.gz", POINT, output="locked/out.nii.gz") == REFUSED
    assert "cannot be written" in capsys.readouterr().err


@pytest.mark.skipif(os.name != "posix", reason="names are Unicode elsewhere")
def test_a_name_that_is_not_utf_8_is_read_and_named(place, capsys):
    odd = os.fsdecode(b"sc\xe4n.nii.gz")
    shutil.copy(place / "scan.nii.gz", place / odd)
    assert segment(odd, POINT) == WORKER_ASKED
    (place / odd).write_bytes(b"no image")
    assert segment(odd, POINT) == REFUSED
    assert "sc\\xe4n.nii.gz" in capsys.readouterr().err


def test_the_demo_does_not_draw_over_the_volume_it_reads(place, capsys):
    (place / "out").mkdir()
    shutil.copy(place / "mask.seg.nrrd", place / "out" / "mask.seg.nrrd")
    before = contents(place)
    assert main(["demo", "out/mask.seg.nrrd", POINT, "--out", "out"]) == REFUSED
    assert "is read as an input" in capsys.readouterr().err
    assert contents(place) == before


def test_a_segmentation_of_several_segments_asks_which(place, capsys):
    image = to_image((BALL + 2 * np.roll(BALL, 9, 2)).astype(np.uint8) % 3, VOLUME.ijk_to_ras)
    for number, name in enumerate(("ball", "other")):
        fields = {"ID": f"S{number}", "Name": name, "LabelValue": number + 1, "Layer": 0}
        for key, value in fields.items():
            image.SetMetaData(f"Segment{number}_{key}", str(value))
    sitk.WriteImage(image, "two.seg.nrrd")
    assert segment("scan.nii.gz", POINT, "--mask", "two.seg.nrrd") == REFUSED
    assert "2 segments (ball, other); choose one with --segment NAME" in capsys.readouterr().err
    chosen = segment("scan.nii.gz", POINT, "--mask", "two.seg.nrrd", "--segment", "other")
    assert chosen == WORKER_ASKED


def test_help_opens_with_what_the_program_is_for(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    said = " ".join(capsys.readouterr().out.split())
    assert "Click in a CT or MR volume, get a mask" in said
    assert "module" not in said


def test_a_report_can_go_down_a_pipe(place, capsys):
    assert segment("scan.nii.gz", POINT, "--report", os.devnull) == WORKER_ASKED
