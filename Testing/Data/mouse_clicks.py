"""Clicks in a slice view that place points."""

from SAMMoESlicerLib.Bridge import PromptRole


def clickedIn(driver, node):
    """Return the positions of a list's points."""
    positions = []
    for index in range(node.GetNumberOfDefinedControlPoints()):
        position = [0.0, 0.0, 0.0]
        node.GetNthControlPointPositionWorld(index, position)
        positions.append(position)
    return positions


def clickAndWait(driver, view, point):
    written = driver.written()
    view.click(point)
    driver.wait_until(lambda: len(written) > 0, "a mask")
    return driver.session.segmentId


def points(driver):
    return driver.session.existingPromptNode(PromptRole.POSITIVE)
