"""The gate's answer, and the user's word against it."""

import time
from dataclasses import replace
from typing import Any

from sammoe import PredictOptions, Result
from sammoe.options import GENERAL
from SAMMoESlicerLib.Bridge.PlaceMode import jumpSlices
from SAMMoESlicerLib.BundleChoice import BundleChoice
from SAMMoESlicerLib.Confidence import Confidence
from SAMMoESlicerLib.DecoderMasks import DecoderMasks
from SAMMoESlicerLib.DecoderOverlays import DecoderOverlays
from SAMMoESlicerLib.ExpertChoice import generalSummary, withMute, withPin
from SAMMoESlicerLib.ExpertSummary import ExpertSummary
from SAMMoESlicerLib.SegmentationSession import SegmentationSession

REST_S = 0.25
"""A threshold that is being dragged is taken where it has rested for this long."""


class Experts:
    """Scores, pins, mutes, threshold, outlines and the disagreement of the chosen segment.

    Attributes:
        confidence: What the gate said of the chosen segment.
        overlays: What is shown in the views besides the mask.

    Args:
        scene: The MRML scene.
        session: What predicts.
        choice: Knows the model's experts before it is loaded.
    """

    def __init__(self, scene: Any, session: SegmentationSession, choice: BundleChoice) -> None:
        self.confidence = Confidence()
        self.overlays = DecoderOverlays(scene, DecoderMasks(session))
        self._scene = scene
        self._session = session
        self._choice = choice
        self._wanted_tau: float | None = None
        self._due_s: float | None = None
        session.resultWritten.connect(self._on_result)

    def listed(self) -> tuple[ExpertSummary, ...]:
        """Return the experts of the model, and the general model after them."""
        experts = self._choice.experts(self._session.worker.info.bundle)
        self.overlays.setExperts(experts)
        return (*experts, generalSummary())

    def read_record(self) -> None:
        """Show what the chosen segment's record says, after another one was chosen."""
        self._show(Confidence.ofRecord(self._session.record))

    def pin(self, decoder: str, on: bool) -> None:
        """Always use a decoder, or let the gate decide again."""
        self._session.setOptions(withPin(self._session.options, decoder, on))

    def mute(self, expert: str, on: bool) -> None:
        """Never use an expert, or let it take part again."""
        self._session.setOptions(withMute(self._session.options, expert, on))

    def outline(self, decoder: str, on: bool) -> None:
        """Outline a decoder's own mask, or stop."""
        self.overlays.outline(decoder if on else None)

    def compare(self, on: bool) -> None:
        """Colour where general model and surest expert disagree, or stop."""
        self.overlays.compare(on)

    @property
    def can_compare(self) -> bool:
        """Say whether there are two masks to compare."""
        return self.overlays.isComparing or any(id != GENERAL for id in self.confidence.scores)

    def jump_to_disputed(self) -> None:
        """Let the slices go to the most disputed place."""
        if self.overlays.disputedPoint is not None:
            jumpSlices(self._scene, self.overlays.disputedPoint)

    def set_threshold(self, tau: float | None) -> None:
        """Use an expert above this confidence; None: above its own calibrated threshold."""
        self._wanted_tau = tau
        self._due_s = time.monotonic() + (0.0 if tau is None else REST_S)

    def wanted_tau(self, options: PredictOptions) -> float | None:
        """Return the threshold the user sees: the one being dragged, or that of the options."""
        return options.tau if self._due_s is None else self._wanted_tau

    def set_follow(self, on: bool) -> None:
        """Go on over the border of the region the model looks at."""
        self._session.setOptions(replace(self._session.options, follow=on))

    def poll(self) -> None:
        """Hand the threshold over once it rests."""
        if self._due_s is not None and time.monotonic() >= self._due_s:
            self._due_s = None
            self._session.setOptions(replace(self._session.options, tau=self._wanted_tau))

    def _on_result(self, _segment_id: str, result: Result) -> None:
        self._show(Confidence.ofResult(result))

    def _show(self, confidence: Confidence) -> None:
        self.confidence = confidence
        self.overlays.setConfidence(confidence)
