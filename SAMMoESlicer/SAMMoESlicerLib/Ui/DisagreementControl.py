"""Where general model and expert disagree: show it, and go there."""

from typing import Any

import slicer
from slicer.i18n import tr as _

from sammoe.options import GENERAL

from ..Bridge.PlaceMode import jumpSlices
from ..Confidence import Confidence
from ..Looks import Looks


class DisagreementControl:
    """Two buttons under the experts.

    Args:
        ui: The panel's widgets.
        looks: What is shown in the views.
    """

    def __init__(self, ui: Any, looks: Looks) -> None:
        self._ui = ui
        self._looks = looks
        ui.disagreementButton.connect("clicked(bool)", looks.compare)
        ui.jumpButton.connect("clicked()", self._jump)

    def refresh(self, confidence: Confidence) -> None:
        """Enable what can be done now."""
        hasRival = any(id != GENERAL for id in confidence.scores)
        self._ui.disagreementButton.enabled = hasRival or self._looks.isComparing
        self._ui.disagreementButton.checked = self._looks.isComparing
        point = self._looks.disputedPoint
        agree = self._looks.hasCompared and point is None
        self._ui.jumpButton.text = _("They agree") if agree else _("Go there")
        self._ui.jumpButton.enabled = point is not None
        self._ui.jumpButton.visible = self._looks.isComparing

    def _jump(self) -> None:
        point = self._looks.disputedPoint
        if point is not None:
            jumpSlices(slicer.mrmlScene, point)
            place = ", ".join(f"{value:.0f}" for value in point)
            slicer.util.showStatusMessage(
                _("Most disputed here: R, A, S = {place} mm. Click Object or Background.").format(
                    place=place
                ),
                5000,
            )
