"""One key goes through the outlines of fused mask, general model and expert; another takes one."""

from sammoe.options import GENERAL

from .Confidence import Confidence
from .DecoderMasks import DecoderMasks
from .DecoderOverlays import DecoderOverlays
from .ExpertChoice import withPin
from .SegmentationSession import SegmentationSession


class OutlineTour:
    """Knows which decoder's outline comes next, and how large it is.

    Args:
        session: Where a decoder is taken.
        overlays: What is shown in the views.
        masks: The decoders' own masks.
    """

    def __init__(
        self, session: SegmentationSession, overlays: DecoderOverlays, masks: DecoderMasks
    ) -> None:
        self._session = session
        self._overlays = overlays
        self._masks = masks
        self._confidence = Confidence()

    def setConfidence(self, confidence: Confidence) -> None:
        """Know the decoders that took part."""
        self._confidence = confidence

    @property
    def shown(self) -> str | None:
        """The decoder that is outlined, an expert's id or 'general'; None: the fused mask alone."""
        return self._overlays.outlined

    @property
    def shownMl(self) -> float | None:
        """Size of what is outlined in millilitres; None while it has not come yet."""
        found = self._masks.mask(self.shown) if self.shown else None
        if found is None:
            return None
        volume, result = found
        return result.voxel_count * float(volume.spacing_mm.prod()) / 1e3

    def goOn(self) -> None:
        """Outline the next one: general model, expert, and then the fused mask alone again."""
        stops = [
            None,
            GENERAL,
            *([self._overlays.comparedExpert] if self._overlays.comparedExpert else []),
        ]
        if not self._confidence.scores:
            return
        at = stops.index(self.shown) if self.shown in stops else 0
        self._overlays.outline(stops[(at + 1) % len(stops)])

    def take(self) -> None:
        """Let the outlined decoder draw the segment; the fused mask alone: nothing to take."""
        decoder = self.shown
        if decoder is not None:
            self._overlays.outline(None)
            self._session.setOptions(withPin(self._session.options, decoder, True))
