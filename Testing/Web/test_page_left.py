"""A page that is closed, or loses its connection, while a mouse button is held in a view."""

import numpy as np
import pytest
import vtk

pytest.importorskip("trame_slicer", reason="trame-slicer is not installed here")

from sammoe_web.page_left import PageLeft


@pytest.fixture
def interactor():
    return vtk.vtkGenericRenderWindowInteractor()


def test_what_is_held_is_given_up_and_released_and_nothing_else(interactor):
    heard = []
    left = PageLeft([interactor], lambda: heard.append("given up"))
    for button in ("Left", "Right"):
        interactor.InvokeEvent(f"{button}ButtonPressEvent")
    interactor.InvokeEvent("RightButtonReleaseEvent")
    for button in ("Left", "Middle", "Right"):
        event = f"{button}ButtonReleaseEvent"
        interactor.AddObserver(event, lambda _caller, event: heard.append(event))
    left.onClose("a page")
    left.onClose("another page")
    assert heard == ["given up", "LeftButtonReleaseEvent"]


def test_a_view_does_not_follow_the_next_pages_mouse(page, new_page):
    gone = new_page()
    assert gone.see(lambda: gone.picture("Axial").std() > 10)
    gone.page.mouse.move(*gone.at("Axial"))
    gone.page.mouse.down(button="middle")
    gone.page.mouse.move(*gone.at("Axial", 10))
    gone.page.evaluate("trame.trigger('sammoe_hello')")  # all before it has arrived
    gone.close()
    page.page.wait_for_timeout(500)
    before = page.picture("Axial")
    page.page.mouse.move(*page.at("Axial", 60, 40), steps=5)
    page.page.wait_for_timeout(500)
    assert np.array_equal(page.picture("Axial"), before)
