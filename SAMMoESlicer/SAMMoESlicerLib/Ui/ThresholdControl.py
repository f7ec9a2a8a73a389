"""How sure the gate must be: the bundle's own values, or the slider's."""

import time
from dataclasses import replace
from typing import Any

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
        self._wanted: tuple[float | None, bool] | None = None
        self._due_s = 0.0

    def apply(self, *, isAuto: bool, threshold: float, follow: bool) -> None:
        """Predict with this threshold, and over the region's border or not, from now on."""
        self._ui.thresholdSlider.enabled = not isAuto
        self._wanted = (None if isAuto else threshold, follow)
        self._due_s = time.monotonic() + (0 if isAuto else REST_S)

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
