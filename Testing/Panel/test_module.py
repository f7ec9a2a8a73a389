"""The module as Slicer's factory, its users' scripts and its developers meet it."""

from pathlib import Path

import numpy as np
import pytest

from SAMMoESlicerLib.Bridge import PromptRole, SegmentWriter

EMBEDDED = Path(__file__).parents[2] / "Resources" / "Models" / "demo" / "bundle.json"


def test_the_module_says_what_it_is(application, driver):
    import slicer

    module = slicer.modules.sammoeslicer
    assert module.title == "SAM-Med3D-MoE"
    assert tuple(module.categories) == ("Segmentation",)
    assert "not a medical device" in module.helpText


def test_sample_data_offers_the_phantom_a_torso_ct_and_two_of_slicers_own(application, driver):
    import SampleData

    sources = {s["sampleName"]: s for s in SampleData.SampleDataLogic.sources}
    assert {"TorsoPhantom", "TorsoCT (Apache-2.0)", "CTChest", "MRHead"} <= set(sources)
    assert sources["TorsoCT (Apache-2.0)"]["checksums"].startswith("SHA256:")
    assert callable(sources["TorsoPhantom"]["customDownloader"])
    assert sources["CTChest"]["checksums"].startswith("SHA256:")
    assert sources["CTChest"]["uris"].endswith(sources["CTChest"]["checksums"][7:])


def test_edit_opens_the_segment_editor_on_this_segment(driver, segmented, application):
    import slicer

    parameters = driver.widget.logic.getParameterNode()
    driver.press("editSegmentButton")
    assert application.shownModules == ["SegmentEditor"]
    editor = slicer.modules.segmenteditor.editor
    assert editor.segmentationNode is parameters.segmentation
    assert editor.sourceVolumeNode is parameters.inputVolume
    assert editor.currentSegmentID == parameters.segmentId


def test_what_is_painted_in_the_segment_editor_is_where_the_next_click_starts(
    driver, segmented, application, client, centre, ellipsoid
):
    parameters = driver.widget.logic.getParameterNode()
    driver.press("editSegmentButton")
    painted = np.ones((3, 3, 3), dtype=bool)
    box = np.array([(5, 5, 5), (8, 8, 8)])
    SegmentWriter(parameters.segmentation).write(parameters.segmentId, ellipsoid[0], painted, box)
    asked = len(client.asked)
    application.open("SAMMoESlicer")
    driver.turn(20)
    assert len(client.asked) == asked  # what was painted stays until the next click
    driver.click_and_wait(PromptRole.POSITIVE, centre + 2)
    assert client.asked[-1][0].mask.mask_kji.sum() == painted.sum()


def test_a_look_at_another_module_without_painting_changes_nothing(
    driver, segmented, application, client, centre
):
    driver.press("editSegmentButton")
    application.open("SAMMoESlicer")
    driver.click_and_wait(PromptRole.POSITIVE, centre + 2)
    assert client.asked[-1][0].mask is None


def test_completed_segments_are_never_overwritten(driver, segmented, application, centre):
    import slicer

    from panel_driver import mask_voxels

    parameters = driver.widget.logic.getParameterNode()
    node, first = parameters.segmentation, parameters.segmentId
    voxels = mask_voxels(node, first)
    logic = slicer.vtkSlicerSegmentationsModuleLogic
    logic.SetSegmentStatus(node.GetSegmentation().GetSegment(first), logic.Completed)
    driver.ui.overwriteCheckBox.click()
    driver.press("nextSegmentButton")
    driver.click_and_wait(PromptRole.POSITIVE, centre)
    assert mask_voxels(node, first) == voxels


def test_overwriting_takes_the_voxels_of_other_segments(driver, segmented, centre):
    from panel_driver import mask_voxels

    parameters = driver.widget.logic.getParameterNode()
    node, first = parameters.segmentation, parameters.segmentId
    driver.ui.overwriteCheckBox.click()
    driver.press("nextSegmentButton")
    driver.click_and_wait(PromptRole.POSITIVE, centre)
    assert mask_voxels(node, first) == 0


def test_the_self_test_passes_with_the_embedded_model(realDriver, monkeypatch):
    import slicer

    if not EMBEDDED.is_file():
        pytest.skip("the embedded model is not in this tree")
    monkeypatch.delenv("SAMMOE_BUNDLE")
    slicer.selfTests["SAMMoESlicer"](msec=0)


def test_discovering_the_module_at_start_up_imports_neither_torch_nor_simpleitk():
    import subprocess
    import sys

    check = (
        "import sys; sys.path[:0] = sys.argv[1:]\n"
        "from SAMMoESlicerLib.SampleSources import registerSamples\n"
        "sys.exit(bool({'torch', 'SimpleITK', 'numpy'} & set(sys.modules)))"
    )
    folder = EMBEDDED.parents[3] / "SAMMoESlicer"
    assert subprocess.run([sys.executable, "-c", check, str(folder)], check=False).returncode == 0
