"""What is shown over the images besides the mask: one decoder's own, or where two disagree."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sammoe.options import GENERAL, GENERAL_COLOR

from .Bridge.Overlay import Overlay, OverlayMask
from .Bridge.SuggestedPoint import SuggestedPoint
from .Confidence import Confidence
from .DecoderMasks import DecoderMasks
from .Disagreement import Disagreement
from .ExpertSummary import ExpertSummary
from .HexColor import rgbColor
from .Signal import Signal
from .Translation import tr as _

ONLY_GENERAL_COLOR = (0.95, 0.15, 0.75)  # magenta and yellow: rare among anatomy's colours
ONLY_EXPERT_COLOR = (1.0, 0.85, 0.1)


class DecoderOverlays:
    """Keeps the overlays in the views equal to what the user wants to see.

    Signals:
        changed(): Something is shown or not any more.

    Attributes:
        outlined: The decoder whose own mask is outlined, or None.
        isComparing: Whether the disagreement is wanted.
        hasCompared: Whether the disagreement is known.
        disputedPoint: Where general model and expert disagree most, RAS mm, or None.

    Args:
        scene: Where to show it.
        masks: Fetches the decoders' masks.
    """

    def __init__(self, scene: Any, masks: DecoderMasks) -> None:
        self.changed = Signal()
        self.outlined: str | None = None
        self.isComparing = False
        self.hasCompared = False
        self.disputedPoint: NDArray[np.float64] | None = None
        self._masks = masks
        self._confidence = Confidence()
        self._experts: dict[str, ExpertSummary] = {}
        self._outline = Overlay(scene, "SAMMoE outline")
        self._suggestion = SuggestedPoint(scene)
        self._dispute = Overlay(scene, "SAMMoE disagreement", fillOpacity=0.35)
        masks.changed.connect(self._show)

    def setExperts(self, experts: tuple[ExpertSummary, ...]) -> None:
        """Choose names and colours."""
        self._experts = {expert.id: expert for expert in experts}

    def setConfidence(self, confidence: Confidence) -> None:
        """Compare the general model with the surest expert of this answer."""
        if confidence != self._confidence:
            self._confidence = confidence
            self._want()

    def outline(self, decoder: str | None) -> None:
        """Outline one decoder's own mask; None: stop."""
        self.outlined = decoder
        self._want()

    def compare(self, on: bool) -> None:
        """Colour where general model and surest expert disagree."""
        self.isComparing = on
        self._want()

    def close(self) -> None:
        """Show nothing any more."""
        self.outlined, self.isComparing = None, False
        self._want()

    @property
    def comparedExpert(self) -> str | None:
        """The expert that is compared: the one used, otherwise the surest."""
        used, scores = self._confidence.used, self._confidence.scores
        if used is not None and used != GENERAL:
            return used
        experts = {id: score for id, score in scores.items() if id != GENERAL}
        return max(experts, key=experts.__getitem__) if experts else None

    def _want(self) -> None:
        pair = (GENERAL, self.comparedExpert) if self.isComparing and self.comparedExpert else ()
        wanted = dict.fromkeys((self.outlined, *pair))
        self._masks.want(tuple(id for id in wanted if id is not None))
        self._show()

    def _show(self) -> None:
        self._showOutline()
        self._showDispute()
        self.changed.emit()

    def _showOutline(self) -> None:
        found = self._masks.mask(self.outlined) if self.outlined else None
        if found is None:
            self._outline.clear()
            return
        volume, result = found
        expert = self._experts.get(self.outlined or "")
        name = expert.name if expert else _("General")
        color = rgbColor(expert.color) if expert else GENERAL_COLOR
        mask = OverlayMask(name, color, result.mask_box_kji, result.box_ijk)
        self._outline.show(volume, [mask])

    def _showDispute(self) -> None:
        general = self._masks.mask(GENERAL) if self.isComparing else None
        expert = (
            self._masks.mask(self.comparedExpert)
            if self.isComparing and self.comparedExpert
            else None
        )
        self.disputedPoint = None
        self._suggestion.show(None)
        self.hasCompared = general is not None and expert is not None
        if general is None or expert is None:
            self._dispute.clear()
            return
        volume = general[0]
        found = Disagreement.between(general[1], expert[1])
        self.disputedPoint = found.mostDisputedPoint(volume)
        self._suggestion.show(self.disputedPoint)
        onlyGeneral = OverlayMask(
            _("General only"), ONLY_GENERAL_COLOR, found.onlyFirst_kji, found.box_ijk
        )
        onlyExpert = OverlayMask(
            _("Expert only"), ONLY_EXPERT_COLOR, found.onlySecond_kji, found.box_ijk
        )
        self._dispute.show(volume, [onlyGeneral, onlyExpert])
