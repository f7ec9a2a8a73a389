"""Palettes like those of Slicer's light and dark styles."""

from PySide6.QtGui import QColor, QPalette

_LIGHT = {"ground": "#efefef", "base": "#ffffff", "text": "#1b1e21", "button": "#f3f3f3"}
_DARK = {"ground": "#353535", "base": "#2a2a2a", "text": "#e8e8e8", "button": "#404040"}


def palette(*, dark):
    """Return a palette."""
    colors = _DARK if dark else _LIGHT
    made = QPalette()
    roles = {
        "ground": (QPalette.Window, QPalette.AlternateBase, QPalette.ToolTipBase),
        "base": (QPalette.Base,),
        "button": (QPalette.Button,),
        "text": (QPalette.WindowText, QPalette.Text, QPalette.ButtonText, QPalette.ToolTipText),
    }
    for name, members in roles.items():
        for role in members:
            made.setColor(role, QColor(colors[name]))
    for role in roles["text"]:
        faint = QColor("#7d8288") if dark else QColor("#9a9fa5")
        made.setColor(QPalette.Disabled, role, faint)
    made.setColor(QPalette.PlaceholderText, QColor("#8a8f95"))
    made.setColor(QPalette.Highlight, QColor("#3d7dca"))
    made.setColor(QPalette.HighlightedText, QColor("#ffffff"))
    return made
