"""Scribbles and lassos, drawn with real mouse drags, kept as Slicer's own curves."""

import numpy as np
import pytest
import qt

from SAMMoESlicerLib.Bridge import Curve
from SAMMoESlicerLib.Bridge.PromptState import Click, PromptState

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
    (curve,) = asked.curves
    assert len(asked) == 1
    assert (curve.label, curve.closed) == (1, False)
    np.testing.assert_array_equal(curve.points_ras, scribbled.pointsRas)
    assert driver.ui.promptCountLabel.text == "1 drawn"


def test_one_stroke_is_one_action_and_asks_once(driver, view, client, scribbled):
    driver.turn(10)
    assert len(client.asked) == 1


def test_a_lasso_means_its_inside(driver, window, view, centre, client):
    driver.press_key(window, qt.Qt.Key_5)
    stroke(driver, view, ring(centre))
    (lasso,) = driver.session.prompts.curves
    assert lasso.isClosed
    (asked,) = client.asked[-1][0].curves
    assert asked.closed
    np.testing.assert_array_equal(asked.points_ras, lasso.pointsRas)


def test_with_shift_a_stroke_is_background(driver, view, centre, client, scribbled):
    stroke(driver, view, [np.add(p, (0, 6, 0)) for p in line(centre)], shift=True)
    assert [curve.label for curve in driver.session.prompts.curves] == [1, 0]
    assert [curve.label for curve in client.asked[-1][0].curves] == [1, 0]


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
    asked = client.asked[-1][0]
    assert list(asked.point_labels) == [0]
    assert [curve.clicks_before for curve in asked.curves] == [0, 1]


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


@pytest.mark.parametrize("key", [qt.Qt.Key_Escape, qt.Qt.Key_5, qt.Qt.Key_N])
def test_a_line_that_is_given_up_half_drawn_leaves_nothing(
    driver, view, window, centre, application, client, scribbled, key
):
    pixels = [view.pixel(np.add(point, (0, 6, 0))) for point in line(centre)]
    view.mouse("LeftButtonPressEvent", *pixels[0])
    view.mouse("MouseMoveEvent", *pixels[9])
    driver.press_key(window, key)
    view.mouse("MouseMoveEvent", *pixels[18])
    view.mouse("LeftButtonReleaseEvent", *pixels[18])
    driver.turn(5)
    assert application.mrml.scene.GetNumberOfNodesByClass(CURVES[0]) == 1
    assert len(client.asked) == 1


def test_a_deleted_segment_takes_its_strokes_along_and_undo_brings_them_back(
    driver, view, application, scribbled
):
    scene = application.mrml.scene
    driver.press("deleteSegmentButton")
    assert scene.GetNumberOfNodesByClass(CURVES[0]) == 0
    driver.press("undoButton")
    assert driver.session.prompts.curves == (scribbled,)


def test_a_curve_reaches_the_worker_as_it_was_drawn_between_the_clicks_around_it():
    state = PromptState(
        clicks=(Click(1, 1, (1.0, 2.0, 3.0)), Click(3, 0, (4.0, 5.0, 6.0))),
        curves=(
            Curve(4, 0, True, ((0.0, 0, 0), (5.0, 0, 0), (5.0, 5, 0))),
            Curve(2, 1, False, ((0.0, 0, 0), (10.0, 0, 0))),
            Curve(5, 1, True, ((0.0, 0, 0), (9.0, 0, 0))),
        ),
    )
    prompts = state.toPromptSet()
    assert prompts.point_labels.tolist() == [1, 0]
    told = [(curve.clicks_before, curve.label, curve.closed) for curve in prompts.curves]
    assert told == [(1, 1, False), (2, 0, True), (2, 1, False)]
    np.testing.assert_array_equal(prompts.curves[0].points_ras, [(0, 0, 0), (10, 0, 0)])
