"""What the worker is doing, where, and how long the last click took."""

import html
from typing import Any

from ..Phase import Phase
from ..PredictionWorker import PredictionWorker
from ..Sentences import statusSentence
from .Theme import BAD, GOOD, WARNING, Theme

_DOTS = {
    Phase.OFF: "#8a8f98",
    Phase.STARTING: WARNING,
    Phase.READY: GOOD,
    Phase.WORKING: WARNING,
    Phase.SILENT: BAD,
}


class StatusLine:
    """One line of text, a thin bar while there is work, a button to stop it.

    Args:
        ui: The panel's widgets.
        worker: What is reported on.
        theme: The panel's colours.
    """

    def __init__(self, ui: Any, worker: PredictionWorker, theme: Theme) -> None:
        self._ui = ui
        self._worker = worker
        self._theme = theme
        self._style = ""
        policy = ui.cancelButton.sizePolicy
        policy.setRetainSizeWhenHidden(True)  # no row moves when it comes and goes
        ui.cancelButton.setSizePolicy(policy)
        ui.cancelButton.connect("clicked()", worker.stop)

    def refresh(self, *, hasFailed: bool) -> None:
        """Show the worker's state."""
        phase = self._worker.phase
        isBusy = phase in (Phase.STARTING, Phase.WORKING)
        dot = BAD if hasFailed and not isBusy else _DOTS[phase]
        sentence = html.escape(statusSentence(self._worker, hasFailed=hasFailed))
        self._ui.statusLabel.text = f'<span style="color:{dot}">●</span>&nbsp; {sentence}'
        self._ui.cancelButton.visible = isBusy or phase is Phase.SILENT
        self._ui.busyBar.maximum = 0 if isBusy else 1
        style = self._barStyle(isBusy)
        if style != self._style:
            self._style = style
            self._ui.busyBar.setStyleSheet(style)

    def _barStyle(self, isBusy: bool) -> str:
        ground = self._theme.trough if isBusy else "transparent"
        chunk = GOOD if isBusy else "transparent"
        return (
            f"QProgressBar {{ border: none; border-radius: 2px; background: {ground}; }}"
            f"QProgressBar::chunk {{ background: {chunk}; border-radius: 2px; }}"
        )
