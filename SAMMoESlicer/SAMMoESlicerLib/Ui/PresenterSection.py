"""Presenter mode: load a sample, replay clicks with timings, start over with one key."""

import html
from collections.abc import Callable
from typing import Any

import slicer
from slicer.i18n import tr as _

from ..Bridge import PromptMarkups
from ..Presenter import Presenter, Shown
from ..Samples import loadPhantom, phantomSteps
from ..SegmentationSession import SegmentationSession
from ..Sentences import stepSentence
from .SegmentsSection import SegmentsSection


class PresenterSection:
    """Two buttons and a list of timings.

    Args:
        ui: The panel's widgets.
        session: What predicts.
        segments: Makes the segments.
        startEngine: Starts the engine; says whether it runs.
    """

    def __init__(
        self,
        ui: Any,
        session: SegmentationSession,
        segments: SegmentsSection,
        *,
        startEngine: Callable[[], bool],
    ) -> None:
        self._ui = ui
        self._session = session
        self._segments = segments
        self._startEngine = startEngine
        self._volumeNode: Any = None
        self._segmentIds: list[str] = []
        self._presenter = Presenter(session, self._nextSegment)
        self._presenter.changed.connect(self.refresh)
        ui.playButton.connect("clicked()", self.play)
        ui.startOverButton.connect("clicked()", self.startOver)

    def play(self) -> None:
        """Show the sample and click in it."""
        self.startOver()
        if self._volumeNode is None or self._volumeNode.GetScene() is None:
            self._volumeNode = loadPhantom()
        self._ui.volumeSelector.setCurrentNode(self._volumeNode)
        if self._startEngine():
            self._presenter.play(phantomSteps())

    def startOver(self) -> None:
        """Remove the segments and points that were played."""
        self._presenter.stop()
        self._presenter.shown = []
        node = self._segments.segmentationNode
        for segmentId in self._segmentIds:
            if node is not None and node.GetSegmentation().GetSegment(segmentId) is not None:
                for markups in PromptMarkups(slicer.mrmlScene, node, segmentId).nodes():
                    slicer.mrmlScene.RemoveNode(markups)
                node.GetSegmentation().RemoveSegment(segmentId)
        self._segmentIds.clear()
        self.refresh()

    def stop(self) -> None:
        """Make no further click."""
        self._presenter.stop()

    def refresh(self) -> None:
        """Show the timings so far."""
        lines = [self._line(shown) for shown in self._presenter.shown]
        if self._presenter.isPlaying:
            lines.append(_("next click …"))
        self._ui.presenterLabel.text = "<br>".join(lines)
        self._ui.presenterLabel.visible = bool(lines)
        self._ui.playButton.enabled = not self._presenter.isPlaying

    def _line(self, shown: Shown) -> str:
        title, took = map(html.escape, stepSentence(shown, self._session.engine))
        return f"<b>{title}</b>: {took}"

    def _nextSegment(self) -> None:
        self._segments.addSegment()
        if self._session.segmentId is not None:
            self._segmentIds.append(self._session.segmentId)
