"""How sure the gate must be: the bundle's own values, or the slider's."""

import time
from dataclasses import replace
from typing import Any

from slicer.i18n import tr as _

from ..ExpertSummary import ExpertSummary
from ..SegmentationSession import SegmentationSession

REST_S = 0.25
"""A slider that is being dragged is taken where it has rested for this long."""


class ThresholdControl:
    """Brings slider and 'Auto' to the session; both are bound to the parameter node.

    Args:
        ui: The panel's widgets.
        session: What predicts.
    """

    def __init__(self, ui: Any, session: SegmentationSession) -> None:
        self._ui = ui
        self._session = session
        self._isAuto = True
        self._experts: tuple[ExpertSummary, ...] = ()
        self._wanted: tuple[float | None, bool] | None = None
        self._due_s = 0.0

    def apply(self, *, isAuto: bool, threshold: float, follow: bool) -> None:
        """Predict with this threshold, and over the region's border or not, from now on."""
        self._isAuto = isAuto
        self._refresh()
        self._wanted = (None if isAuto else threshold, follow)
        self._due_s = time.monotonic() + (0 if isAuto else REST_S)

    def setExperts(self, experts: tuple[ExpertSummary, ...]) -> None:
        """Say which thresholds 'Auto' stands for; without experts there is nothing to choose."""
        self._experts = experts
        self._refresh()

    def showOptions(self, parameters: Any) -> None:
        """Let slider and box say how the chosen segment was predicted; choosing changes nothing."""
        self._wanted = None
        options = self._session.options
        parameters.follow = options.follow
        parameters.autoThreshold = options.tau is None
        if options.tau is not None:
            parameters.threshold = options.tau

    def poll(self) -> None:
        """Hand over what was chosen once it rests."""
        if self._wanted is None or time.monotonic() < self._due_s:
            return
        (tau, follow), self._wanted = self._wanted, None
        options = self._session.options
        if (options.tau, options.follow) != (tau, follow):
            self._session.setOptions(replace(options, tau=tau, follow=follow))

    def _refresh(self) -> None:
        """Show one number only where it is the one that counts."""
        hasExperts = bool(self._experts)
        self._ui.thresholdLabel.visible = hasExperts
        self._ui.autoThresholdCheckBox.visible = hasExperts
        self._ui.thresholdSlider.visible = hasExperts and not self._isAuto
        self._ui.thresholdSlider.enabled = not self._isAuto
        self._ui.thresholdLabel.text = self._own() if self._isAuto else _("Threshold:")

    def _own(self) -> str:
        """Return the experts' own thresholds in words."""
        taus = sorted(expert.tau for expert in self._experts if expert.tau is not None)
        if not taus:
            return _("Threshold: each expert's own")
        span = f"{taus[0]:.2f}" if taus[0] == taus[-1] else f"{taus[0]:.2f} to {taus[-1]:.2f}"
        return _("Threshold: each expert's own, {span}").format(span=span)
