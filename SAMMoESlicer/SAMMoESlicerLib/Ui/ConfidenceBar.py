"""A bar with a mark: how sure the gate is, and how sure it must be."""

import qt

from .Theme import Theme

HEIGHT_PX = 12
_EDGE = 0.001
_MARK = 0.006


class ConfidenceBar:
    """A frame painted by one gradient: filled part, trough and mark follow every resize.

    Args:
        theme: The panel's colours.
        color: The filled part, `#rrggbb`.
    """

    def __init__(self, theme: Theme, color: str) -> None:
        self._theme = theme
        self._color = color
        self._sheet = ""
        self.widget = qt.QFrame()
        self.widget.setFixedHeight(HEIGHT_PX)
        self.widget.setSizePolicy(qt.QSizePolicy.Expanding, qt.QSizePolicy.Fixed)

    def show(self, value: float | None, mark: float | None, *, isStrong: bool) -> None:
        """Fill the bar up to `value` and put the mark, both 0 to 1; None leaves it out.

        A value below its mark is grey.
        """
        theme = self._theme
        fill = theme.readable(self._color if isStrong else theme.faint, theme.trough)
        style = _stops(value or 0.0, mark, fill, self._theme.trough, self._theme.text)
        gradient = ", ".join(f"stop:{at:.4f} {color}" for at, color in style)
        sheet = (
            "QFrame { border: none; border-radius: 3px; "
            f"background: qlineargradient(x1:0, y1:0, x2:1, y2:0, {gradient}); }}"
        )
        if sheet != self._sheet:
            self._sheet = sheet
            self.widget.setStyleSheet(sheet)


def _stops(
    value: float, mark: float | None, fill: str, trough: str, markColor: str
) -> list[tuple[float, str]]:
    """Return a gradient's stops, rising, that make sharp edges."""
    edges: list[tuple[float, str]] = [(0.0, fill if value > 0 else trough)]
    if 0 < value < 1:
        edges.append((value, trough))
    if mark is not None and 0 < mark < 1:
        low, high = max(mark - _MARK, 2 * _EDGE), min(mark + _MARK, 1 - 2 * _EDGE)
        before = fill if low < value else trough
        after = fill if high < value else trough
        edges = [e for e in edges if e[0] < low or e[0] > high]
        edges += [(low, markColor), (high, after)]
        if not any(at < low for at, _ in edges):
            edges.append((0.0, before))
    edges.sort()
    stops: list[tuple[float, str]] = []
    for at, color in edges:
        if stops:
            stops.append((max(at - _EDGE, stops[-1][0] + 1e-4), stops[-1][1]))
        stops.append((at, color))
    return [*stops, (1.0, stops[-1][1])]
