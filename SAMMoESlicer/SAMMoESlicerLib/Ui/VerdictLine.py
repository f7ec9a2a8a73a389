"""Who drew the mask, in one line; at which click that was decided, and to decide again."""

from collections.abc import Sequence
from typing import Any

from slicer.i18n import tr as _

from ..Confidence import Confidence
from ..ExpertChoice import canAskAgain
from ..ExpertSummary import ExpertSummary
from ..OutlineTour import OutlineTour
from ..SegmentationSession import SegmentationSession
from ..Sentences import askAgainCaption, outlineSentence, verdict
from .Theme import Theme


class VerdictLine:
    """A label and a button that are always there, so that nothing moves.

    Args:
        ui: The panel's widgets.
        session: What predicts.
        outlines: What is outlined instead of the fused mask.
        theme: The panel's colours.
    """

    def __init__(
        self, ui: Any, session: SegmentationSession, outlines: OutlineTour, theme: Theme
    ) -> None:
        self._ui = ui
        self._session = session
        self._outlines = outlines
        self._theme = theme
        ui.askAgainButton.connect("clicked()", session.decideAgain)

    def refresh(self, confidence: Confidence, experts: Sequence[ExpertSummary]) -> None:
        """Say it of the segment that is chosen."""
        shown = self._outlines.shown
        if shown is not None:
            text = outlineSentence(shown, self._outlines.shownMl, experts)
        else:
            text = verdict(confidence, experts)
        self._ui.verdictLabel.text = text or self._withoutScores()
        self._keepTwoLines()
        color = self._theme.text if text else self._theme.faint
        self._ui.verdictLabel.setStyleSheet(f"color: {color};")
        options = self._session.options
        canAsk = canAskAgain(
            confidence, experts, clickCount=self._session.clickCount, options=options
        )
        self._ui.askAgainButton.enabled = canAsk
        self._ui.askAgainButton.text = askAgainCaption(
            options.gate_click, byBox=self._session.isDecidedByBox, canAsk=canAsk
        )

    def _keepTwoLines(self) -> None:
        """Leave room for a long name or a longer language, so that nothing moves."""
        label = self._ui.verdictLabel
        label.minimumHeight = 2 * label.fontMetrics().lineSpacing()

    def _withoutScores(self) -> str:
        """Return what is said where the model in use has drawn nothing."""
        if Confidence.ofRecord(self._session.record).scores:
            return _("Drawn by another model")
        return _("No mask of the model yet")
