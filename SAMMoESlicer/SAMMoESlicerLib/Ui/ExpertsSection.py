"""The experts' list: confidence bars, which one was used, outline, pin and mute."""

from typing import Any

import qt

from sammoe.options import GENERAL

from ..Confidence import Confidence
from ..DecoderOverlays import DecoderOverlays
from ..ExpertChoice import generalSummary, isPinned, withMute, withPin
from ..ExpertSummary import ExpertSummary
from ..SegmentationSession import SegmentationSession
from .ExpertRow import ExpertRow
from .Theme import Theme


class ExpertsSection:
    """Shows the gate's answer and lets the user overrule it.

    Args:
        ui: The panel's widgets.
        session: What predicts.
        overlays: What is shown in the views.
        theme: The panel's colours and icons.
    """

    def __init__(
        self, ui: Any, session: SegmentationSession, overlays: DecoderOverlays, theme: Theme
    ) -> None:
        self._session = session
        self._overlays = overlays
        self._theme = theme
        self._host = ui.expertsHost
        self._disagreementButton = ui.disagreementButton
        self._grid = qt.QGridLayout(self._host)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(4)
        self._grid.setVerticalSpacing(3)
        self._grid.setColumnStretch(1, 1)
        self._experts: tuple[ExpertSummary, ...] = ()
        self._rows: list[ExpertRow] = []
        self._isDark: bool | None = None

    def setExperts(self, experts: tuple[ExpertSummary, ...]) -> None:
        """List these experts, and the general model after them."""
        isDark = self._theme.isDark
        if experts == self._experts and self._rows and isDark == self._isDark:
            return
        self._experts, self._isDark = experts, isDark
        self._disagreementButton.visible = bool(experts)
        self._clear()
        for index, expert in enumerate((*experts, generalSummary())):
            row = ExpertRow(self._grid, index, expert, self._theme, canMute=expert.id != GENERAL)
            row.onOutline(self._outline)
            row.onPin(self._pin)
            row.onMute(self._mute)
            self._rows.append(row)

    def refresh(self, confidence: Confidence) -> None:
        """Show scores, decision and the user's choices."""
        options = self._session.options
        for row in self._rows:
            id = row.expert.id
            row.show(
                confidence.scores.get(id),
                confidence.threshold(row.expert, options),
                isUsed=id == confidence.used,
                isPinned=isPinned(options, id),
                isMuted=id in options.muted,
                isOutlined=self._overlays.outlined == id,
            )

    def _pin(self, id: str, on: bool) -> None:
        self._session.setOptions(withPin(self._session.options, id, on))

    def _mute(self, id: str, on: bool) -> None:
        self._session.setOptions(withMute(self._session.options, id, on))

    def _outline(self, id: str, on: bool) -> None:
        self._overlays.outline(id if on else None)

    def _clear(self) -> None:
        self._rows.clear()
        while self._grid.count():
            widget = self._grid.takeAt(0).widget()
            widget.hide()
            widget.deleteLater()
