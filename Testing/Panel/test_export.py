"""What goes out of the worklist: a label map, a surface, a DICOM segmentation."""

from pathlib import Path
from types import SimpleNamespace

import pytest
import qt
import slicer

from panel_segments import segmentId, useTemplate
from SAMMoESlicerLib.Bridge.SegmentExport import nonEmptyIds


@pytest.fixture
def folder(tmp_path):
    """A folder the user will choose."""
    qt.QFileDialog.answers.append(str(tmp_path))
    yield tmp_path
    qt.QFileDialog.answers.clear()


def export(driver, beginning):
    menu = driver.ui.segmentMenuButton.menu()
    next(action for action in menu.actions() if action.text.startswith(beginning)).trigger()
    driver.turn()


def test_segments_are_exported_as_a_label_map_and_as_stl(driver, segmented, folder):
    useTemplate(driver, "Spine")
    driver.ui.segmentsTable.setSelectedSegmentIDs([driver.session.segmentId])
    parameters = driver.widget.logic.getParameterNode()
    drawn = segmentId(parameters, "Vessel tree")
    assert nonEmptyIds(parameters.segmentation) == [drawn]
    export(driver, "Export all segments as a label map")
    assert driver.notice == f"Written to {folder}, number of files: 2."
    (path,) = folder.glob("*.nrrd")
    assert path.stat().st_size > 0
    qt.QFileDialog.answers.append(str(folder))
    driver.ui.segmentsTable.setSelectedSegmentIDs([drawn])
    driver.turn()
    export(driver, "Export this segment as STL")
    (surface,) = folder.glob("*.stl")
    assert surface.stat().st_size > 1000


@pytest.mark.parametrize("answer", [True, False])
def test_files_of_an_earlier_export_are_replaced_only_after_a_yes(
    driver, segmented, folder, application, answer
):
    qt.QFileDialog.answers.append(str(folder))
    export(driver, "Export all segments as STL")
    (path,) = folder.glob("*.stl")
    path.write_text("before")
    application.answers.append(answer)
    export(driver, "Export all segments as STL")
    kind, question = application.messages[-1]
    assert kind == "question"
    assert path.name in question
    assert (path.read_bytes() == b"before") is not answer
    assert [path.name for path in folder.glob("*")] == [path.name]


def test_without_a_voxel_nothing_is_written_and_that_is_said(driver, folder):
    useTemplate(driver, "Spine")
    export(driver, "Export all segments as STL")
    assert "nothing to write" in driver.notice
    assert list(folder.iterdir()) == []


def test_without_dicom_it_is_said_why_no_dicom_segmentation_is_written(
    driver, segmented, volumeNode
):
    export(driver, "Export all segments as DICOM")
    assert "did not come from DICOM" in driver.notice
    volumeNode.SetAttribute("DICOM.instanceUIDs", "1.2.3")
    export(driver, "Export all segments as DICOM")
    assert "QuantitativeReporting" in driver.notice


@pytest.mark.parametrize("failure", ["", "the converter crashed"])
def test_a_dicom_segmentation_goes_through_the_plugin_that_is_there_whole_or_not_at_all(
    driver, segmented, volumeNode, folder, monkeypatch, failure
):
    class Plugin:
        def examineForExport(self, item):
            return [SimpleNamespace(item=item, directory="")]

        def export(self, exportables):
            Path(exportables[0].directory, "export.SEG.dcm").write_bytes(b"half")
            assert list(folder.glob("*.dcm")) == []
            return failure

    plugins = {"DICOMSegmentationPlugin": Plugin}
    monkeypatch.setattr(slicer.modules, "dicomPlugins", plugins, raising=False)
    volumeNode.SetAttribute("DICOM.instanceUIDs", "1.2.3")
    export(driver, "Export all segments as DICOM")
    assert [path.name for path in folder.iterdir()] == ([] if failure else ["export.SEG.dcm"])
    assert failure in driver.notice
