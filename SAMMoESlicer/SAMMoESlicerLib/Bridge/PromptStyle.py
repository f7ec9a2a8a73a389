"""How prompts look in the views: told apart by shape, and by colour in any colour vision."""

from typing import Any

import slicer

from .PromptRole import PromptRole

_Display = slicer.vtkMRMLMarkupsDisplayNode
INSIDE, OUTSIDE, FRAME = (0.34, 0.71, 0.91), (0.90, 0.45, 0.0), (0.95, 0.85, 0.25)
"""Sky blue, orange and yellow of Okabe and Ito's set for every kind of colour vision."""
_COLORS = {
    PromptRole.POSITIVE: INSIDE,
    PromptRole.NEGATIVE: OUTSIDE,
    PromptRole.POINTS: INSIDE,
    PromptRole.BOX: FRAME,
}
_GLYPHS = {
    PromptRole.POSITIVE: _Display.ThickCross2D,
    PromptRole.NEGATIVE: _Display.Dash2D,
    PromptRole.POINTS: _Display.CrossDot2D,
}


GLYPH_SCALE_PERCENT = 5.0


CURVE_GLYPH_PERCENT, CURVE_LINE_PERCENT = 1.0, 0.8


def styleCurve(displayNode: Any, *, isForeground: bool) -> None:
    """Give a curve's display node the colour of what it asks for, in every state."""
    color = INSIDE if isForeground else OUTSIDE
    displayNode.SetSelectedColor(*color)
    displayNode.SetColor(*color)
    displayNode.SetActiveColor(*color)
    displayNode.SetGlyphScale(CURVE_GLYPH_PERCENT)
    displayNode.SetCurveLineSizeMode(displayNode.UseLineDiameter)
    displayNode.SetLineDiameter(CURVE_LINE_PERCENT)
    displayNode.SetPointLabelsVisibility(False)
    displayNode.SetPropertiesLabelVisibility(False)


def styleMarkups(displayNode: Any, role: PromptRole) -> None:
    """Give a markups display node the colours and the form of a role, in every state."""
    color = _COLORS[role]
    displayNode.SetSelectedColor(*color)
    displayNode.SetColor(*color)
    displayNode.SetActiveColor(*color)  # Slicer's own is green: the opposite of 'not here'
    if role in _GLYPHS:
        displayNode.SetGlyphType(_GLYPHS[role])
        displayNode.SetGlyphScale(GLYPH_SCALE_PERCENT)
        displayNode.SetPointLabelsVisibility(False)
    else:
        displayNode.SetFillVisibility(False)
        displayNode.SetPropertiesLabelVisibility(False)
        displayNode.SetHandlesInteractive(True)
