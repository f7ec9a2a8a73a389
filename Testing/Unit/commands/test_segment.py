"""`sammoe segment`: real processes, a real worker, a small random bundle."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
import torch

from command_line import CENTRE, sammoe, segment
from dicom_slices import write_dicom
from random_sam_med3d import TINY, random_sam_med3d
from sammoe.figure.planes import bounds_ras
from sammoe.image_io import SegmentInfo, read_mask, read_volume, write_mask

REAL_CT = Path(__file__).parents[3] / "shared" / "data" / "ct_torso.nii.gz"


def test_one_point_gives_a_mask_around_it_a_report_and_a_sentence(place):
    done = segment(place, "ct.nii.gz", "--point", CENTRE, "--report", "out.json")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("out.nii.gz: ")
    assert done.stdout.count("\n") == 1

    volume = read_volume(place / "ct.nii.gz")
    mask_kji = read_mask(place / "out.nii.gz", volume)
    i, j, k = volume.points_ijk([-10, -30, -44])[0].round().astype(int)
    assert mask_kji[k, j, i]

    report = json.loads((place / "out.json").read_text("utf-8"))
    assert set(report["scores"]) == {"liver", "vessels", "general"}
    assert sum(report["scores"].values()) == pytest.approx(1)
    assert report["expert"] == "liver"
    assert report["tau"] == 0.5
    assert report["thresholds"] == {"liver": 0.5, "vessels": 0.6}
    assert report["mask"]["volume_ml"] == pytest.approx(mask_kji.sum() * 2e-3, rel=1e-4)
    assert len(report["bundle"]["hash"]) == 64
    assert report["prompts"]["points_ras"] == [[-10, -30, -44]]
    assert {"encode", "decode", "paste", "read", "start_worker"} <= set(report["timings_ms"])
    assert all(ms >= 0 for ms in report["timings_ms"].values())


def test_of_an_empty_mask_it_is_said_what_to_do(place):
    earlier = read_volume(place / "ct.nii.gz")
    nothing = np.zeros(earlier.array_kji.shape, bool)
    nothing[3, 3, 3] = True
    write_mask(place / "one.seg.nrrd", nothing, earlier.ijk_to_ras)
    there = ",".join(str(mm) for mm in (earlier.ijk_to_ras @ [3, 3, 3, 1])[:3])
    done = segment(place, "ct.nii.gz", "--mask", "one.seg.nrrd", f"--negative={there}")
    assert done.returncode == 0
    assert "0.0 ml" in done.stdout
    assert "the mask is empty: click" in done.stderr


def test_every_prompt_and_option_reaches_the_worker_in_order(place):
    write_mask(
        place / "earlier.seg.nrrd",
        read_volume(place / "ct.nii.gz").array_kji > 0,
        read_volume(place / "ct.nii.gz").ijk_to_ras,
        segment=SegmentInfo("Left kidney", (0.1, 0.2, 0.3)),
    )
    done = segment(
        place, "ct.nii.gz",
        "--point", CENTRE, "--negative", "-2,-30,-44", "--point=-12,-31,-45",
        "--box", "-20,-40,-54,0,-20,-34", "--mask", "earlier.seg.nrrd",
        "--expert", "vessels", "--tau", "0.9", "--device", "cpu", "--threads", "1", "--follow",
        "--report", "all.json", output="all.seg.nrrd",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    report = json.loads((place / "all.json").read_text("utf-8"))
    assert report["prompts"] == {
        "points_ras": [[-10, -30, -44], [-2, -30, -44], [-12, -31, -45]],
        "point_labels": [1, 0, 1],
        "box_ras": [[-20, -40, -54], [0, -20, -34]],
        "earlier_mask": True,
        "curves": [],
    }
    assert report["options"] == {"expert": "vessels", "tau": 0.9, "follow": True}
    assert report["expert"] == "vessels"
    header = sitk.ReadImage(str(place / "all.seg.nrrd"))
    assert header.GetMetaData("Segment0_Name") == "Left kidney"
    assert header.GetMetaData("Segment0_Color") == "0.1 0.2 0.3"
    assert 'SAMMoE.expert:"vessels"' in header.GetMetaData("Segment0_Tags")


def test_without_an_expert_the_general_decoder_is_used_alone(place):
    done = segment(place, "ct.nii.gz", "--point", CENTRE, "--expert", "none", "--report", "g.json")
    assert done.returncode == 0, done.stderr
    assert json.loads((place / "g.json").read_text("utf-8"))["expert"] is None


def test_a_worker_by_a_command_of_its_own_gives_the_same_mask(place):
    command = f"{sys.executable} -m sammoe.worker.main --no-shared-memory"
    for name, more in (("here.nii.gz", ()), ("there.nii.gz", ("--worker", command))):
        done = segment(place, "ct.nii.gz", "--point", CENTRE, *more, output=name)
        assert done.returncode == 0, done.stderr
    here, there = (read_volume(place / name).array_kji for name in ("here.nii.gz", "there.nii.gz"))
    np.testing.assert_array_equal(here, there)


def test_an_imported_checkpoint_segments(place):
    _, _, state = random_sam_med3d(**TINY)
    torch.save({"model_state_dict": state}, place / "sam.pth")
    done = sammoe("import", "sam.pth", "-o", "imported_sam", "--name", "Upstream", cwd=place)
    assert done.returncode == 0, done.stderr
    assert "sam_med3d" in done.stdout
    done = segment(
        place, "ct.nii.gz", "--point", CENTRE, "--report", "sam.json", bundle="imported_sam"
    )
    assert done.returncode == 0, done.stderr
    report = json.loads((place / "sam.json").read_text("utf-8"))
    assert (report["scores"], report["expert"]) == ({"general": 1.0}, None)
    assert report["bundle"]["name"] == "Upstream"


def test_a_dicom_folder_is_segmented_on_its_own_grid(place):
    write_dicom(place / "dicom", sitk.ReadImage(str(place / "ct.nii.gz")))
    done = segment(place, "dicom", "--point", CENTRE, output="dicom.nii.gz")
    assert done.returncode == 0, done.stderr
    assert segment(place, "ct.nii.gz", "--point", CENTRE, output="same.nii.gz").returncode == 0
    from_dicom, from_nifti = (
        read_volume(place / name).array_kji for name in ("dicom.nii.gz", "same.nii.gz")
    )
    assert from_dicom.shape == from_nifti.shape
    assert np.count_nonzero(from_dicom != from_nifti) <= 0.02 * max(from_nifti.sum(), 50)


@pytest.mark.skipif(not REAL_CT.exists(), reason="../shared/data is not on this machine")
def test_a_real_ct_is_segmented_around_the_click(place):
    centre_ras = bounds_ras(read_volume(REAL_CT)).mean(axis=0)
    point = ",".join(f"{value:.1f}" for value in centre_ras)
    done = segment(place, str(REAL_CT), "--point", point, output="real.seg.nrrd")
    assert done.returncode == 0, done.stderr
    volume = read_volume(REAL_CT)
    i, j, k = volume.points_ijk(centre_ras.round(1))[0].round().astype(int)
    assert read_mask(place / "real.seg.nrrd", volume)[k, j, i]
