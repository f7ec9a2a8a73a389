"""Colours and icons that fit Slicer's light and dark themes."""

from pathlib import Path
from typing import Any

import qt

GOOD, BAD, WARNING = "#2fa35a", "#d9534f", "#d99a1c"
DISABLED = 0.4
"""How much of an icon is left where its button cannot be pressed."""
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

    def readable(self, color: str, ground: str, *, contrast: float = 3.0) -> str:
        """Return a colour, darkened or lightened until it stands out from a ground."""
        for step in range(21):
            shade = _towards(color, "#ffffff" if self.isDark else "#000000", step / 20)
            if contrastOf(shade, ground) >= contrast:
                return shade
        return self.text

    def icon(self, name: str) -> Any:
        """Return the icon of that name for this theme.

        Qt's own look of a disabled icon can hardly be told from an enabled one on dark ground.
        """
        path = str(self._path(name))
        icon = qt.QIcon(path)
        icon.addPixmap(_faded(qt.QPixmap(path)), qt.QIcon.Disabled)
        return icon

    def pixmap(self, name: str, size_px: int) -> Any:
        """Return the icon as a pixmap of that size."""
        return self.icon(name).pixmap(size_px, size_px)

    def _path(self, name: str) -> Path:
        return self._iconFolder / f"{name}-{'dark' if self.isDark else 'light'}.png"

    def _color(self, role: Any) -> Any:
        return self._widget.palette.color(role)


def _faded(pixmap: Any) -> Any:
    """Return what is left of a picture on a button that cannot be pressed."""
    faded = qt.QPixmap(pixmap.size())
    faded.fill(qt.QColor(0, 0, 0, 0))
    painter = qt.QPainter(faded)
    painter.setOpacity(DISABLED)
    painter.drawPixmap(0, 0, pixmap)
    painter.end()
    return faded


def contrastOf(first: str, second: str) -> float:
    """Return the contrast of two colours `#rrggbb` as WCAG defines it, 1 to 21."""
    light, dark = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(color: str) -> float:
    parts = [int(color[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _towards(color: str, goal: str, share: float) -> str:
    pairs = [(int(color[n : n + 2], 16), int(goal[n : n + 2], 16)) for n in (1, 3, 5)]
    return "#" + "".join(f"{round((1 - share) * a + share * b):02x}" for a, b in pairs)
