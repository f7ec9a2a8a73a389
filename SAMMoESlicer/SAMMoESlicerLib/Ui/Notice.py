"""One message at a time: a note, a warning or an error, with what to do about it."""

from typing import Any

from ..Message import Level, Message
from .plainText import plainText
from .Theme import BAD, WARNING, Theme

ICON_PX = 18
HEIGHT_PX = 62
"""Three lines; what is longer is in the tool tip."""


class Notice:
    """A tinted frame; its place is kept while there is nothing to say, so that no row moves.

    Args:
        ui: The panel's widgets.
        theme: The panel's colours and icons.
    """

    def __init__(self, ui: Any, theme: Theme) -> None:
        self._ui = ui
        self._theme = theme
        self._message: Message | None = None
        ui.noticeButton.connect("clicked()", self._act)
        policy = ui.noticeFrame.sizePolicy
        policy.setRetainSizeWhenHidden(True)
        ui.noticeFrame.setSizePolicy(policy)
        ui.noticeFrame.setFixedHeight(HEIGHT_PX)
        ui.noticeFrame.hide()

    @property
    def message(self) -> Message | None:
        """What is shown now."""
        return self._message

    def show(self, message: Message | None) -> None:
        """Show a message; None hides the frame."""
        self._message = message
        ui = self._ui
        ui.noticeFrame.visible = message is not None
        if message is None:
            return
        ui.noticeIcon.setPixmap(self._theme.pixmap(message.level.value, ICON_PX))
        ui.noticeLabel.text = message.text
        ui.noticeLabel.toolTip = plainText(message.text)
        ui.noticeButton.text = message.action
        ui.noticeButton.visible = bool(message.action)
        colors = {Level.NOTE: self._theme.faint, Level.WARNING: WARNING, Level.ERROR: BAD}
        color = colors[message.level]
        ui.noticeFrame.setStyleSheet(
            f"QFrame#noticeFrame {{ background: {self._theme.mixed(color, 0.13)}; "
            f"border: 1px solid {self._theme.mixed(color, 0.45)}; border-radius: 5px; }}"
        )

    def _act(self) -> None:
        if self._message is not None and self._message.call is not None:
            self._message.call()
