"""Which button wears which icon."""

from typing import Any

from .Theme import Theme

ICONS = {
    **{f"{name}Button": name for name in ("positive", "negative", "box", "undo", "redo", "reset")},
    "nextSegmentButton": "next_segment",
    "editSegmentButton": "edit",
    "deleteSegmentButton": "delete",
    "maskPromptButton": "mask",
    "cancelButton": "stop",
    "scribbleButton": "scribble",
    "lassoButton": "lasso",
    "disagreementButton": "differ",
    "jumpButton": "jump",
    "restartButton": "restart",
    "cancelDownloadButton": "stop",
}


def setButtonIcons(ui: Any, theme: Theme) -> None:
    """Put on the icons of the present theme."""
    for button, icon in ICONS.items():
        getattr(ui, button).setIcon(theme.icon(icon))
