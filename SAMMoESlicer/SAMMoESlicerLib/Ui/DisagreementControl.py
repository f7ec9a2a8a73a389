"""Where general model and expert disagree: show it, and go there."""

from typing import Any

import slicer
from slicer.i18n import tr as _

from sammoe.options import GENERAL

from ..Bridge.PlaceMode import jumpSlices
from ..Confidence import Confidence
from ..DecoderOverlays import ONLY_EXPERT_COLOR, ONLY_GENERAL_COLOR, DecoderOverlays
from ..HexColor import hexColor


class DisagreementControl:
    """Two buttons under the experts.

    Args:
        ui: The panel's widgets.
        overlays: What is shown in the views.
    """

    def __init__(self, ui: Any, overlays: DecoderOverlays) -> None:
        self._ui = ui
        self._overlays = overlays
        ui.disagreementButton.connect("clicked(bool)", overlays.compare)
        ui.jumpButton.connect("clicked()", self._jump)
        ui.legendLabel.text = _legend()

    def refresh(self, confidence: Confidence) -> None:
        """Enable what can be done now."""
        hasExpert = any(id != GENERAL for id in confidence.scores)
        self._ui.disagreementButton.enabled = hasExpert or self._overlays.isComparing
        self._ui.disagreementButton.checked = self._overlays.isComparing
        point = self._overlays.disputedPoint
        agree = self._overlays.hasCompared and point is None
        self._ui.jumpButton.text = _("They agree") if agree else _("Go there")
        self._ui.jumpButton.enabled = point is not None
        self._ui.jumpButton.visible = self._overlays.isComparing
        self._ui.legendLabel.visible = self._overlays.isComparing

    def _jump(self) -> None:
        point = self._overlays.disputedPoint
        if point is not None:
            jumpSlices(slicer.mrmlScene, point)
            place = ", ".join(f"{value:.0f}" for value in point)
            slicer.util.showStatusMessage(
                _("Most disputed here: R, A, S = {place} mm. X clicks there.").format(place=place),
                5000,
            )


def _legend() -> str:
    parts = (
        (ONLY_GENERAL_COLOR, _("general only")),
        (ONLY_EXPERT_COLOR, _("expert only")),
    )
    return " &nbsp; ".join(
        f'<span style="color:{hexColor(color)}">■</span> {text}' for color, text in parts
    )
