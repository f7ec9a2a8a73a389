"""How far the mouse has to go to have dragged something."""

LEAST_DRAG_PX = 5.0
"""A mouse that moves less between press and release has clicked."""


def isNear(here: tuple[int, int], there: tuple[int, int]) -> bool:
    """Say whether the mouse has not left a place, both in pixels of a view."""
    return max(abs(here[0] - there[0]), abs(here[1] - there[1])) < LEAST_DRAG_PX
