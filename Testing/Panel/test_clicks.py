"""The main job on the panel, with the real worker."""

from panel_driver import mask_voxels
from SAMMoESlicerLib.Bridge import PromptRole
from SAMMoESlicerLib.Engine import Phase


def test_a_click_fills_a_segment_and_shows_every_decoders_confidence(
    driver, volume_node, ellipsoid
):
    driver.ui.volumeSelector.setCurrentNode(volume_node)
    driver.press("positiveButton")
    driver.click_and_wait(PromptRole.POSITIVE, ellipsoid[2])
    parameters = driver.widget.logic.getParameterNode()
    assert mask_voxels(parameters.segmentation, parameters.segmentId) > 0
    assert driver.session.engine.phase is Phase.READY
    assert driver.notice == "" or driver.panel.notice.message is not None
    assert "Ready" in driver.status
