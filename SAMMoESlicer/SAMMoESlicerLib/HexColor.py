"""Colours as Slicer has them, red, green, blue from 0 to 1, and as Qt and HTML write them."""

from collections.abc import Sequence


def hexColor(color: Sequence[float]) -> str:
    """Return red, green, blue (0 to 1) as `#rrggbb`."""
    return "#{:02x}{:02x}{:02x}".format(*(round(255 * part) for part in color))


def rgbColor(color: str) -> tuple[float, float, float]:
    """Return `#rrggbb` as red, green, blue (0 to 1)."""
    red, green, blue = (int(color[n : n + 2], 16) / 255 for n in (1, 3, 5))
    return red, green, blue
