"""One line of the experts' list: name, bar, number, outline, pin, mute."""

from collections.abc import Callable
from typing import Any

import qt
from slicer.i18n import tr as _

from ..ExpertSummary import ExpertSummary
from ..Sentences import scoreSentence
from .ConfidenceBar import ConfidenceBar
from .plainText import plainText
from .Theme import Theme

BUTTON_PX = 16
LONGEST_NAME = 24


class ExpertRow:
    """Widgets of one decoder in a grid.

    Args:
        grid: The QGridLayout of all rows.
        row: Which line of it.
        expert: The decoder.
        theme: The panel's colours and icons.
        canMute: The general model cannot be muted.
    """

    def __init__(
        self, grid: Any, row: int, expert: ExpertSummary, theme: Theme, *, canMute: bool
    ) -> None:
        self.expert = expert
        self._theme = theme
        self._nameLabel = qt.QLabel()
        self._nameLabel.setTextFormat(qt.Qt.PlainText)
        self._nameLabel.text = shortened(expert.name)
        self._nameLabel.toolTip = plainText(expert.tip or expert.name)
        self._bar = ConfidenceBar(theme, expert.color)
        self._valueLabel = qt.QLabel("")
        self._valueLabel.toolTip = _("The gate's confidence in this decoder.")
        self._valueLabel.setMinimumWidth(48)
        self._valueLabel.setAlignment(qt.Qt.AlignRight | qt.Qt.AlignVCenter)
        self.outlineButton = self._button("eye", _("Show this decoder's own mask as an outline."))
        self.pinButton = self._button("pin", _("Always use this one, whatever the gate says."))
        self.muteButton = self._button("mute", _("Never use this one."))
        widgets = (self._nameLabel, self._bar.widget, self._valueLabel)
        buttons = (self.outlineButton, self.pinButton, self.muteButton)
        for column, widget in enumerate((*widgets, *buttons)):
            grid.addWidget(widget, row, column)
        self.muteButton.visible = canMute  # not before it is in the grid: it would be a window

    def onOutline(self, call: Callable[[str, bool], None]) -> None:
        """Call with id and state when the user wants its outline."""
        self.outlineButton.connect("clicked(bool)", lambda on: call(self.expert.id, on))

    def onPin(self, call: Callable[[str, bool], None]) -> None:
        """Call with id and state when the user pins or unpins."""
        self.pinButton.connect("clicked(bool)", lambda on: call(self.expert.id, on))

    def onMute(self, call: Callable[[str, bool], None]) -> None:
        """Call with id and state when the user mutes or unmutes."""
        self.muteButton.connect("clicked(bool)", lambda on: call(self.expert.id, on))

    def show(
        self,
        score: float | None,
        mark: float | None,
        *,
        isUsed: bool,
        isPinned: bool,
        isMuted: bool,
        isOutlined: bool,
    ) -> None:
        """Bring all widgets up to date."""
        reaches = score is not None and (mark is None or score > mark)
        self._bar.show(None if isMuted else score, mark, isStrong=reaches or isUsed)
        self._bar.widget.toolTip = scoreSentence(score, mark)
        self._valueLabel.text = "" if score is None else f"{100 * score:.0f} %{'  ✓' * isUsed}"
        font = self._nameLabel.font
        font.setBold(isUsed)
        font.setStrikeOut(isMuted)
        self._nameLabel.setFont(font)
        color = self._theme.faint if isMuted else self._theme.text
        self._nameLabel.setStyleSheet(f"color: {color};")
        self._valueLabel.setStyleSheet(f"color: {color};")
        self.outlineButton.checked = isOutlined
        self.pinButton.checked = isPinned
        self.muteButton.checked = isMuted

    def _button(self, icon: str, tip: str) -> Any:
        button = qt.QToolButton()
        button.setCheckable(True)
        button.setAutoRaise(True)
        button.setIcon(self._theme.icon(icon))
        button.setIconSize(qt.QSize(BUTTON_PX, BUTTON_PX))
        button.toolTip = plainText(f"{self.expert.name}: {tip}")
        button.accessibleName = f"{self.expert.name}: {tip}"
        return button


def shortened(name: str) -> str:
    """Return a name that leaves room for the bar: its beginning and its end."""
    if len(name) <= LONGEST_NAME:
        return name
    half = (LONGEST_NAME - 1) // 2
    return f"{name[:half].rstrip()}…{name[-half:].lstrip()}"
