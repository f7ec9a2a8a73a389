"""The picture's colours."""

BACKGROUND, PANEL, QUIET, TEXT = "#0e1116", "#171b22", "#7d8590", "#e6edf3"
SIDE_LETTERS, FRAME, CROSS = "#aab3bd", "#30363d", "#58a6ff"
POSITIVE, NEGATIVE, BOX = "#3fd07f", "#ff5d5d", "#f2cc60"
