"""Twenty structures of a real CT: segmented, named, coded, saved, exported by keys and clicks."""

from pathlib import Path

import pytest

from sammoe.image_io import read_volume
from working_day import STRUCTURES, WorkingDay, deepest_points

DATA = Path(__file__).parents[3] / "shared" / "data"


@pytest.fixture
def scan():
    paths = DATA / "ct_upper_abdomen.nii.gz", DATA / "ct_upper_abdomen_labels.nii.gz"
    if not all(path.is_file() for path in paths):
        pytest.skip("the real scans are not beside the repository (../shared/data)")
    return paths


def test_a_worklist_of_twenty_costs_one_key_and_one_click_a_structure(
    driver, window, application, scan, tmp_path
):
    volume = read_volume(scan[0])
    driver.ui.volumeSelector.setCurrentNode(application.mrml.addVolume(volume))
    driver.turn()
    day = WorkingDay(driver, window, tmp_path)
    day.begin()
    day.segment(deepest_points(scan[1], volume.ijk_to_ras))
    assert (day.keys, day.clicks) == (20, 20)
    day.save_and_export(application.mrml.scene)
    assert day.export_clicks == 6
    segmentation = driver.widget.logic.getParameterNode().segmentation.GetSegmentation()
    segments = [segmentation.GetSegment(id) for id in segmentation.GetSegmentIDs()]
    assert [segment.GetName() for segment in segments] == list(STRUCTURES.values())
    assert all("~SCT^" in segment.GetTerminology() for segment in segments)
    assert (tmp_path / "day.mrb").stat().st_size > 10_000
    assert len(list(tmp_path.glob("*.nrrd"))) == 1
    assert len(list(tmp_path.glob("*.stl"))) == 20
