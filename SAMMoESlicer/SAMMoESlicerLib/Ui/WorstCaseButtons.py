"""The worst cases of a new expert as pictures; a click opens one in its full size."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import qt

WIDTH_PX, HEIGHT_PX = 360, 168


class WorstCaseButtons:
    """Three buttons with a picture each; hidden where there are fewer.

    Args:
        ui: The panel's widgets.
    """

    def __init__(self, ui: Any) -> None:
        self._buttons = (ui.worstCaseButton, ui.secondWorstCaseButton, ui.thirdWorstCaseButton)
        self._shown: list[Path] = []
        for number, button in enumerate(self._buttons):
            button.setIconSize(qt.QSize(WIDTH_PX, HEIGHT_PX))
            button.connect("clicked()", lambda number=number: self._open(number))
            button.visible = False

    def show(self, pictures: Sequence[Path]) -> None:
        """Show these pictures, the worst case first."""
        if list(pictures) == self._shown:
            return
        self._shown = list(pictures)
        for number, button in enumerate(self._buttons):
            isThere = number < len(self._shown)
            button.visible = isThere
            if isThere:
                button.setIcon(qt.QIcon(str(self._shown[number])))

    def _open(self, number: int) -> None:
        if number < len(self._shown):
            qt.QDesktopServices.openUrl(qt.QUrl.fromLocalFile(str(self._shown[number])))
