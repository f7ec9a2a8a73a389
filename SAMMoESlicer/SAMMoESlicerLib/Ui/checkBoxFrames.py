"""Frames of check boxes that are seen in any theme."""

from typing import Any

import qt

from .Theme import Theme

CHECK_BOXES = (
    "autoThresholdCheckBox",
    "followCheckBox",
    "lookAheadCheckBox",
    "overwriteCheckBox",
)
SHARE = 0.8
"""Of the text's colour in a frame: a line of one pixel looks fainter than it is."""
DARKER = 140
"""Qt's style draws a frame so much darker, in percent, than the ground it takes it to be on."""


def setCheckBoxFrames(ui: Any, theme: Theme) -> None:
    """Draw the frames in a colour that stands out; on dark ground they were darker than it."""
    ground = qt.QColor(theme.mixed(theme.text, SHARE)).lighter(DARKER)
    palette = qt.QPalette()
    palette.setColor(qt.QPalette.Window, ground)
    for name in CHECK_BOXES:
        getattr(ui, name).setPalette(palette)
