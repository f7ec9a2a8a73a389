"""Two fingers on a view of the page: they zoom and move what it shows."""

from collections.abc import Mapping
from typing import Any

PHASES = ("Start", "", "End")


class Gestures:
    """Tells VTK of them; its adapter for remote views (9.6) tells neither where nor since when.

    Args:
        interactors: Of the views, by the names the page knows.
    """

    def __init__(self, interactors: Mapping[str, Any]) -> None:
        self._interactors = interactors

    def take(self, view: str, phase: str, across: float, up: float, factor: float) -> None:
        """Zoom and move a view.

        Args:
            view: Its name.
            phase: One of `PHASES`.
            across: Where the middle of the fingers is, as a part of the view's width.
            up: The same of its height, from below.
            factor: How far apart they are, as a multiple of the beginning.
        """
        interactor = self._interactors.get(view)
        if interactor is None or phase not in PHASES:
            return
        width, height = interactor.GetRenderWindow().GetSize()
        before = interactor.GetEventPosition()
        here = round(across * width), round(up * height)
        interactor.SetEventInformation(*here, 0, 0)
        interactor.SetScale(factor)
        moved = (0, 0) if phase == "Start" else (here[0] - before[0], here[1] - before[1])
        interactor.SetTranslation(moved)
        for kind in ("Pinch", "Pan"):
            interactor.InvokeEvent(f"{phase}{kind}Event")
