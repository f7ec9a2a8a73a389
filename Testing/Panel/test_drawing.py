"""Scribbles and lassos, drawn with real mouse drags, kept as Slicer's own curves."""

import numpy as np
import pytest
import qt

from SAMMoESlicerLib.Bridge import Curve

CURVES = ("vtkMRMLMarkupsCurveNode", "vtkMRMLMarkupsClosedCurveNode")


def line(centre):
    return [np.add(centre, (x, 0, 0)) for x in np.linspace(-6, 6, 25)]


def ring(centre):
    angles = np.linspace(0, 2 * np.pi, 40)
    return [np.add(centre, (5 * np.cos(a), 5 * np.sin(a), 0)) for a in angles]


def stroke(driver, view, points, *, shift=False):
    written = driver.written()
    view.drag(points, shift=shift)
    driver.wait_until(lambda: len(written) > 0, "a mask")


@pytest.fixture
def scribbled(driver, window, view, centre):
    """The panel after one scribble; its curve."""
    driver.press_key(window, qt.Qt.Key_4)
    assert driver.ui.scribbleButton.checked
    stroke(driver, view, line(centre))
    return driver.session.prompts.curves[0]


def test_a_drag_draws_a_thinned_open_curve_that_segments(
    driver, view, centre, client, scribbled, application
):
    node = application.mrml.scene.GetFirstNodeByClass(CURVES[0])
    assert 3 <= node.GetNumberOfControlPoints() < 25
    assert np.allclose(scribbled.pointsRas[0], np.add(centre, (-6, 0, 0)), atol=0.5)
    assert not scribbled.isClosed
    asked = client.asked[-1][0]
    assert len(asked) == 4
    assert set(asked.point_labels) == {1}
    assert driver.ui.promptCountLabel.text == "1 drawn"


def test_one_stroke_is_one_action_and_asks_once(driver, view, client, scribbled):
    driver.turn(10)
    assert len(client.asked) == 1


def test_a_lasso_means_its_inside(driver, window, view, centre, client):
    driver.press_key(window, qt.Qt.Key_5)
    stroke(driver, view, ring(centre))
    (lasso,) = driver.session.prompts.curves
    assert lasso.isClosed
    away = np.linalg.norm(client.asked[-1][0].points_ras - centre, axis=1)
    assert (away < 5).all()


def test_with_shift_a_stroke_is_background(driver, view, centre, client, scribbled):
    stroke(driver, view, [np.add(p, (0, 6, 0)) for p in line(centre)], shift=True)
    assert [curve.label for curve in driver.session.prompts.curves] == [1, 0]
    assert list(client.asked[-1][0].point_labels) == [1, 1, 1, 1, 0, 0, 0, 0]


def test_strokes_are_undone_and_redone_as_points_are(
    driver, view, window, centre, application, scribbled
):
    scene = application.mrml.scene
    driver.press_key(window, qt.Qt.Key_Z, qt.Qt.ControlModifier)
    assert scene.GetNumberOfNodesByClass(CURVES[0]) == 0
    assert driver.session.prompts.isEmpty
    driver.press_key(window, qt.Qt.Key_Y, qt.Qt.ControlModifier)
    assert driver.session.prompts.curves == (scribbled,)
    assert scene.GetNumberOfNodesByClass(CURVES[0]) == 1


def test_a_moved_curve_point_predicts_again(driver, view, application, client, scribbled):
    node = application.mrml.scene.GetFirstNodeByClass(CURVES[0])
    asked = len(client.asked)
    node.SetNthControlPointPositionWorld(0, *np.add(scribbled.pointsRas[0], (0, 2, 0)))
    driver.wait_until(lambda: len(client.asked) > asked, "the prediction")


def test_clicks_and_strokes_keep_their_order(driver, view, centre, client, scribbled):
    driver.press("negativeButton")
    assert not driver.ui.scribbleButton.checked
    written = driver.written()
    view.click(np.add(centre, (0, 8, 0)))
    driver.wait_until(lambda: len(written) == 1, "the mask")
    driver.press("scribbleButton")
    assert not driver.ui.negativeButton.checked
    stroke(driver, view, [np.add(p, (0, -4, 0)) for p in line(centre)])
    assert list(client.asked[-1][0].point_labels) == [1, 1, 1, 1, 0, 1, 1, 1, 1]


def test_drawing_goes_on_in_the_next_segment_and_ends_with_esc(
    driver, view, window, centre, scribbled
):
    first = driver.session.segmentId
    driver.press_key(window, qt.Qt.Key_N)
    stroke(driver, view, line(centre))
    assert driver.session.segmentId != first
    assert len(driver.session.prompts.curves) == 1
    driver.press_key(window, qt.Qt.Key_Escape)
    assert not driver.ui.scribbleButton.checked
    view.drag(line(centre))
    driver.turn(5)
    assert len(driver.session.prompts.curves) == 1


def test_a_deleted_segment_takes_its_strokes_along_and_undo_brings_them_back(
    driver, view, application, scribbled
):
    scene = application.mrml.scene
    driver.press("deleteSegmentButton")
    assert scene.GetNumberOfNodesByClass(CURVES[0]) == 0
    driver.press("undoButton")
    assert driver.session.prompts.curves == (scribbled,)


def test_a_curve_stands_for_clicks_that_lie_on_it_or_in_it():
    zigzag = Curve(1, 1, False, ((0, 0, 0), (10, 0, 0), (10, 10, 0)))
    clicks = zigzag.clicksRas()
    assert len(clicks) == 4
    np.testing.assert_allclose(clicks, [(2.5, 0, 0), (7.5, 0, 0), (10, 2.5, 0), (10, 7.5, 0)])
    angles = np.linspace(0, 2 * np.pi, 30, endpoint=False)
    tilted = np.stack([8 * np.cos(angles), 5 * np.sin(angles), 5 * np.sin(angles)], axis=1)
    inside = Curve(1, 1, True, tuple(map(tuple, tilted))).clicksRas()
    assert (((inside[:, 0] / 8) ** 2 + (inside[:, 1] / 5) ** 2) < 1).all()
    np.testing.assert_allclose(inside[:, 1], inside[:, 2], atol=1e-9)
