"""A line of text at the bottom of the views, for an audience."""

from collections.abc import Iterable
from typing import Any

import vtk

FONT_PX = 22


class ViewCaption:
    """Draws the same line in several views."""

    def __init__(self) -> None:
        self._shown: list[tuple[Any, Any]] = []

    def show(self, text: str, interactors: Iterable[Any]) -> None:
        """Show a line in the views of these interactors; empty: none."""
        self.clear()
        for interactor in interactors if text else ():
            window = interactor.GetRenderWindow()
            renderer = window.GetRenderers().GetFirstRenderer()
            actor = _actor(text)
            renderer.AddViewProp(actor)
            self._shown.append((renderer, actor))
            window.Render()

    def clear(self) -> None:
        """Show nothing any more."""
        for renderer, actor in self._shown:
            renderer.RemoveViewProp(actor)
        self._shown.clear()


def _actor(text: str) -> Any:
    actor = vtk.vtkTextActor()
    actor.SetInput(text)
    style = actor.GetTextProperty()
    style.SetFontSize(FONT_PX)
    style.SetColor(1.0, 1.0, 1.0)
    style.SetBackgroundColor(0.0, 0.0, 0.0)
    style.SetBackgroundOpacity(0.55)
    style.SetJustificationToCentered()
    style.SetVerticalJustificationToBottom()
    position = actor.GetPositionCoordinate()
    position.SetCoordinateSystemToNormalizedViewport()
    position.SetValue(0.5, 0.03)
    return actor
