"""How sure the gate must be: the bundle's own values, or the slider's."""

from dataclasses import replace
from typing import Any

from ..SegmentationSession import SegmentationSession


class ThresholdControl:
    """Brings slider and 'Auto' to the session; both are bound to the parameter node.

    Args:
        ui: The panel's widgets.
        session: What predicts.
    """

    def __init__(self, ui: Any, session: SegmentationSession) -> None:
        self._ui = ui
        self._session = session

    def apply(self, *, isAuto: bool, threshold: float, follow: bool) -> None:
        """Predict with this threshold, and over the region's border or not, from now on."""
        self._ui.thresholdSlider.enabled = not isAuto
        options = self._session.options
        tau = None if isAuto else threshold
        if (options.tau, options.follow) != (tau, follow):
            self._session.setOptions(replace(options, tau=tau, follow=follow))
