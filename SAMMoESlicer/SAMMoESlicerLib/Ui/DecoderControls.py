"""Who drew the mask, what the others would have drawn, and the user's say in it."""

from collections.abc import Callable
from typing import Any

from ..Confidence import Confidence
from ..DecoderMasks import DecoderMasks
from ..DecoderOverlays import DecoderOverlays
from ..ExpertSummary import ExpertSummary
from ..OutlineTour import OutlineTour
from ..SegmentationSession import SegmentationSession
from .DisagreementControl import DisagreementControl
from .ExpertsSection import ExpertsSection
from .Theme import Theme
from .ThresholdControl import ThresholdControl
from .VerdictLine import VerdictLine


class DecoderControls:
    """Keeps everything that is about general model and experts on one segment's scores.

    Attributes:
        confidence: What the gate said of the chosen segment.
        overlays: What is shown over the images besides the mask.
        outlines: Goes through the decoders' outlines.
        threshold: How sure the gate must be.

    Args:
        ui: The panel's widgets.
        session: What predicts.
        scene: Where overlays are shown.
        theme: The panel's colours and icons.
    """

    def __init__(self, ui: Any, session: SegmentationSession, scene: Any, theme: Theme) -> None:
        masks = DecoderMasks(session)
        self.confidence = Confidence()
        self.overlays = DecoderOverlays(scene, masks)
        self.outlines = OutlineTour(session, self.overlays, masks)
        self.threshold = ThresholdControl(ui, session)
        self._listed: tuple[ExpertSummary, ...] = ()
        self._verdict = VerdictLine(ui, session, self.outlines, theme)
        self._experts = ExpertsSection(ui, session, self.overlays, theme)
        self._disagreement = DisagreementControl(ui, self.overlays)

    def keys(self) -> dict[str, Callable[[], None]]:
        """Return what each key does."""
        return {"C": self.outlines.goOn, "T": self.outlines.take}

    def setExperts(self, experts: tuple[ExpertSummary, ...]) -> None:
        """List the experts of the model in use."""
        self._listed = experts
        self._experts.setExperts(experts)
        self.overlays.setExperts(experts)
        self.threshold.setExperts(experts)

    def show(self, confidence: Confidence) -> None:
        """Be about another segment, or another mask of the same."""
        self.confidence = confidence
        self.overlays.setConfidence(confidence)
        self.outlines.setConfidence(confidence)

    def refresh(self) -> None:
        """Bring every widget up to date."""
        self._verdict.refresh(self.confidence, self._listed)
        self._experts.refresh(self.confidence)
        self._disagreement.refresh(self.confidence)

    def forget(self) -> None:
        """Another model is chosen: the scores were the last one's."""
        self.confidence = Confidence()
