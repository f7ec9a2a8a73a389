"""The mask of a first look, outlined until the mask of the fitted look is written."""

from typing import Any

from sammoe import Result

from .Bridge.Overlay import Overlay, OverlayMask
from .Phase import Phase
from .PredictionRequest import PredictionRequest
from .SegmentationSession import SegmentationSession
from .Translation import tr as _


class PreviewOverlay:
    """Shows what comes early for the chosen segment, and takes it away with whatever comes next.

    Args:
        session: Its worker has something to show.
        scene: Where to show it.
    """

    def __init__(self, session: SegmentationSession, scene: Any) -> None:
        self._session = session
        self._overlay = Overlay(scene, "SAMMoE preview")
        session.worker.previewed.connect(self._show)
        session.worker.stateChanged.connect(self._follow)

    @property
    def isShown(self) -> bool:
        """Say whether something is outlined."""
        return self._overlay.node is not None

    def close(self) -> None:
        """Show nothing any more."""
        self._overlay.clear()

    def _show(self, request: PredictionRequest, result: Result) -> None:
        segment = request.target.segment
        if segment is None or request.options.decoder is not None:
            return
        if request.target.segmentId == self._session.segmentId:
            mask = OverlayMask(
                _("Preview"), segment.GetColor(), result.mask_box_kji, result.box_ijk
            )
            self._overlay.show(request.volume, [mask])

    def _follow(self) -> None:
        """Take it away once nothing is under way."""
        if self.isShown and self._session.worker.phase is not Phase.WORKING:
            self.close()
