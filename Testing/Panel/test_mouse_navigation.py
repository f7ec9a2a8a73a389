"""The mouse while something is placed, and where it is Slicer's own."""

import numpy as np
import pytest

from mouse_clicks import clickAndWait, clickedIn, points
from three_d_view import ThreeDView

PATH = ((6, 6, 0), (7, 12, 0), (8, 15, 0))  # beside the points, which take the mouse themselves


def test_while_placing_the_right_button_zooms_and_placing_goes_on(driver, view, centre, placing):
    before = view.node.GetFieldOfView()
    view.drag([np.add(centre, step) for step in PATH], button="Right")
    assert view.node.GetFieldOfView()[0] != pytest.approx(before[0])
    assert driver.ui.positiveButton.checked
    assert len(clickedIn(driver, points(driver))) == 1
    clickAndWait(driver, view, np.add(centre, (0, 5, 0)))
    assert len(driver.session.prompts.clicks) == 2


def test_while_placing_the_middle_button_pans_and_the_wheel_turns_pages(
    driver, view, centre, placing
):
    origin, offset = view.node.GetXYZOrigin(), view.node.GetSliceOffset()
    view.drag(
        [np.add(centre, (6, 6, 0)), np.add(centre, (8, 9, 0)), np.add(centre, (9, 3, 0))],
        button="Middle",
    )
    assert view.node.GetXYZOrigin() != origin
    view.mouse("MouseWheelForwardEvent", *view.pixel(centre))
    assert view.node.GetSliceOffset() != offset
    assert driver.ui.positiveButton.checked
    assert len(clickedIn(driver, points(driver))) == 1


def test_outside_placing_the_right_button_is_slicers_own(driver, view, centre, placing):
    driver.press("positiveButton")
    before = view.node.GetFieldOfView()
    view.drag(
        [np.add(centre, (6, 6, 0)), np.add(centre, (6, 12, 0)), np.add(centre, (6, 15, 0))],
        button="Right",
    )
    assert view.node.GetFieldOfView()[0] != pytest.approx(before[0])
    assert not driver.ui.positiveButton.checked


def test_what_others_place_is_slicers_own(driver, view, centre, placing, application):
    driver.press("positiveButton")  # ours ends
    own = application.mrml.scene.AddNewNodeByClass("vtkMRMLMarkupsFiducialNode", "own")
    logic = application.app.applicationLogic()
    logic.GetSelectionNode().SetReferenceActivePlaceNodeClassName(own.GetClassName())
    logic.GetSelectionNode().SetActivePlaceNodeID(own.GetID())
    logic.GetInteractionNode().SetPlaceModePersistence(1)
    logic.GetInteractionNode().SetCurrentInteractionMode(logic.GetInteractionNode().Place)
    view.drag([np.add(centre, PATH[0])], button="Right")  # which ends placing there
    mode = logic.GetInteractionNode().GetCurrentInteractionMode()
    assert mode != logic.GetInteractionNode().Place


def test_a_click_in_the_3d_view_places_a_point_on_the_surface(
    driver, application, segmented, centre
):
    segmentation = driver.widget.logic.getParameterNode().segmentation
    segmentation.CreateClosedSurfaceRepresentation()
    threeD = ThreeDView(application.mrml.scene, application.app.applicationLogic())
    written = driver.written()
    threeD.click_in_the_middle()
    driver.wait_until(lambda: len(written) == 1, "a mask")
    away_mm = np.linalg.norm(np.subtract(driver.session.prompts.clicks[-1].positionRas, centre))
    assert 8 < away_mm < 14  # the ellipsoid's half-axes are 9 to 12 mm
    threeD.close()
