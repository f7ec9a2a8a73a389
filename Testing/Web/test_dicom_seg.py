"""DICOM segmentations: the same voxels at the same place, in the study of the scan."""

import numpy as np
import pydicom
import pytest

pytest.importorskip("highdicom", reason="highdicom is not installed here")
pytest.importorskip("slicer", reason="slicer-core is not installed here")

from dicom_slices import write_dicom
from grids import GRIDS, ellipsoid_volume
from read_dicom_seg import read_dicom_seg
from sammoe import MaskPrompt
from sammoe.errors import GeometryError
from sammoe.image_io import read_volume, write_volume
from sammoe.image_io.volume_files import to_image
from sammoe_web.dicom_seg import SavedSegment, write_dicom_seg
from sammoe_web.dicom_source import read_headers
from SAMMoESlicerLib.Bridge.Structure import Code, Structure

KIDNEY = Structure(
    "Right kidney",
    type=Code("SCT", "64033007", "Kidney"),
    modifier=Code("SCT", "24028007", "Right"),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """An oblique scan as slices, whose names run against their order."""
    folder = tmp_path_factory.mktemp("dicom") / "series"
    volume, _mask, _centre = ellipsoid_volume(GRIDS["oblique"], radii_mm=(16.0, 13.0, 11.0))
    write_dicom(folder, to_image(volume.array_kji.astype(np.int16), volume.ijk_to_ras))
    return folder


def a_mask(lower_ijk, shape_kji, seed):
    mask_kji = np.random.default_rng(seed).random(shape_kji) > 0.6
    return MaskPrompt(mask_kji, np.array([lower_ijk, np.add(lower_ijk, shape_kji[::-1])]))


def whole(mask, volume):
    array = np.zeros(volume.array_kji.shape, dtype=bool)
    (i, j, k), (i1, j1, k1) = mask.box_ijk
    array[k:k1, j:j1, i:i1] = mask.mask_kji
    return array


def written(folder, path, segments):
    volume = read_volume(folder)
    write_dicom_seg(
        path,
        segments,
        ijk_to_ras=volume.ijk_to_ras,
        shape_ijk=volume.shape_ijk,
        headers=read_headers(folder),
    )
    return volume, read_dicom_seg(path, volume.ijk_to_ras, volume.shape_ijk)


@pytest.mark.parametrize("lower_ijk", [(11, 12, 9), (6, 5, 4)], ids=["apart", "overlapping"])
def test_every_voxel_comes_back_at_its_place(folder, tmp_path, lower_ijk):
    masks = {"Liver": a_mask((3, 4, 2), (5, 7, 6), 1), "Nähe": a_mask(lower_ijk, (4, 6, 5), 2)}
    segments = [SavedSegment(name, (1.0, 0.5, 0.0), mask) for name, mask in masks.items()]
    volume, read = written(folder, tmp_path / "a.dcm", segments)
    assert set(read) == set(masks)
    for name, mask in masks.items():
        np.testing.assert_array_equal(read[name], whole(mask, volume))


def test_a_code_whose_meaning_is_longer_than_dicom_allows_is_cut(folder, tmp_path):
    """A model's card may hold such a one."""
    wordy = Structure("Kidney", type=Code("99LAB", "1", "the right kidney " * 5))
    segment = SavedSegment("Kidney", (1, 0, 0), a_mask((3, 4, 2), (5, 7, 6), 1), structure=wordy)
    written(folder, tmp_path / "a.dcm", [segment])
    (saved,) = pydicom.dcmread(tmp_path / "a.dcm").SegmentSequence
    meaning = saved.SegmentedPropertyTypeCodeSequence[0].CodeMeaning
    assert meaning == ("the right kidney " * 5)[:64].strip()


def test_slices_without_a_preamble_join_their_study_too(folder, tmp_path):
    """As archives of the nineties hold them: nothing but the data set."""
    for path in folder.iterdir():
        dataset = pydicom.Dataset(pydicom.dcmread(path))
        pydicom.dcmwrite(tmp_path / path.name, dataset, implicit_vr=True, little_endian=True)
    assert read_volume(tmp_path).content_hash == read_volume(folder).content_hash
    read, expected = read_headers(tmp_path), read_headers(folder)
    assert sorted(one.SOPInstanceUID for one in read) == sorted(
        one.SOPInstanceUID for one in expected
    )


def test_it_joins_the_study_and_says_what_drew_what(folder, tmp_path):
    mask = a_mask((3, 4, 2), (5, 7, 6), 1)
    segments = [
        SavedSegment("Right kidney", (1, 0, 0), mask, structure=KIDNEY, model="Demo"),
        SavedSegment("Painted", (0, 1, 0), a_mask((12, 12, 9), (2, 3, 4), 2)),
    ]
    written(folder, tmp_path / "a.dcm", segments)
    saved, source = pydicom.dcmread(tmp_path / "a.dcm"), read_headers(folder)[0]
    for keyword in ("StudyInstanceUID", "FrameOfReferenceUID", "PatientID"):
        assert saved[keyword].value == source[keyword].value
    kidney, painted = saved.SegmentSequence
    kind = kidney.SegmentedPropertyTypeCodeSequence[0]
    assert kind.CodeValue == "64033007"
    assert kind.SegmentedPropertyTypeModifierCodeSequence[0].CodeMeaning == "Right"
    assert kidney.SegmentAlgorithmType == "SEMIAUTOMATIC"
    assert kidney.SegmentationAlgorithmIdentificationSequence[0].AlgorithmName == "Demo"
    assert painted.SegmentAlgorithmType == "MANUAL"
    referenced = saved.ReferencedSeriesSequence[0].ReferencedInstanceSequence
    assert len(referenced) == len(list(folder.iterdir()))


def test_a_patients_name_survives_and_a_scan_without_a_frame_of_reference_is_refused(
    folder, tmp_path
):
    segment = SavedSegment("Liver", (1, 0, 0), a_mask((3, 4, 2), (5, 7, 6), 1))
    named = tmp_path / "named"
    named.mkdir()
    for path in folder.iterdir():
        dataset = pydicom.dcmread(path)
        dataset.SpecificCharacterSet = "ISO_IR 100"
        dataset.PatientName = "Müller^Jörg"
        dataset.save_as(named / path.name)
    written(named, tmp_path / "a.dcm", [segment])
    assert pydicom.dcmread(tmp_path / "a.dcm").PatientName == "Müller^Jörg"
    for path in named.iterdir():
        dataset = pydicom.dcmread(path)
        del dataset.FrameOfReferenceUID
        dataset.save_as(path)
    with pytest.raises(GeometryError, match=r"FrameOfReferenceUID.*seg\.nrrd"):
        written(named, tmp_path / "b.dcm", [segment])


def test_a_scan_that_is_not_dicom_has_no_headers(folder, tmp_path):
    write_volume(tmp_path / "scan.nrrd", read_volume(folder))
    assert read_headers(tmp_path / "scan.nrrd") == ()
    assert len(read_headers(folder)) == len(list(folder.iterdir()))
