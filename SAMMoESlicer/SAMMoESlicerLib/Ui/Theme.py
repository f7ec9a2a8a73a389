"""Colours and icons that fit Slicer's light and dark themes."""

from pathlib import Path
from typing import Any

import qt

GOOD, BAD, WARNING = "#2fa35a", "#d9534f", "#d99a1c"
INSIDE, OUTSIDE, FRAME = "#2a8fcb", "#e07a1f", "#d9a520"
"""The prompts' colours in the views, as dark as a button needs them."""


class Theme:
    """Asks a widget's palette each time, so that a changed theme is followed.

    Args:
        widget: Any widget of the panel.
        iconFolder: Holds `<name>-light.png` and `<name>-dark.png`.
    """

    def __init__(self, widget: Any, iconFolder: Path) -> None:
        self._widget = widget
        self._iconFolder = iconFolder

    @property
    def isDark(self) -> bool:
        """Say whether the background is dark."""
        return self._color(qt.QPalette.Window).lightness() < 128

    @property
    def text(self) -> str:
        """The text's colour, `#rrggbb`."""
        return self._color(qt.QPalette.WindowText).name()

    @property
    def faint(self) -> str:
        """A colour between text and background, for what matters less."""
        return self.mixed(self.text, 0.62)

    @property
    def trough(self) -> str:
        """The empty part of a bar."""
        return self.mixed(self.text, 0.14)

    def mixed(self, color: str, share: float) -> str:
        """Return `share` of a colour over the background."""
        top, ground = qt.QColor(color), self._color(qt.QPalette.Window)
        parts = (
            round(share * t + (1 - share) * g)
            for t, g in (
                (top.red(), ground.red()),
                (top.green(), ground.green()),
                (top.blue(), ground.blue()),
            )
        )
        return "#{:02x}{:02x}{:02x}".format(*parts)

    def icon(self, name: str) -> Any:
        """Return the icon of that name for this theme."""
        return qt.QIcon(str(self._path(name)))

    def pixmap(self, name: str, size_px: int) -> Any:
        """Return the icon as a pixmap of that size."""
        return self.icon(name).pixmap(size_px, size_px)

    def _path(self, name: str) -> Path:
        return self._iconFolder / f"{name}-{'dark' if self.isDark else 'light'}.png"

    def _color(self, role: Any) -> Any:
        return self._widget.palette.color(role)
