"""Presentation: a sample, and one step after the other with the space bar."""

import html
from collections.abc import Callable
from typing import Any

import slicer
from slicer.i18n import tr as _

from sammoe.worker.process import end_process

from ..Bridge import PromptMarkups
from ..Bridge.SliceFlight import SliceFlight
from ..Bridge.ViewCaption import ViewCaption
from ..PresentationStep import StepOutcome
from ..ScriptedPresentation import ScriptedPresentation
from ..SegmentationSession import SegmentationSession
from ..Sentences import caption, lastCard, stepSentence
from .PresentationSamples import PresentationSamples
from .SegmentsSection import SegmentsSection
from .Shortcuts import Shortcuts
from .viewInteractors import viewInteractors


class PresentationSection:
    """Two buttons, a list of what was shown, a caption in the views.

    Args:
        ui: The panel's widgets.
        session: What predicts.
        segments: Makes the segments.
        samples: Which scan is shown.
        window: Where the space bar is heard, while there is a next step.
        startWorker: Starts the worker; says whether it runs.
        isRemote: Says whether the worker runs elsewhere, where it cannot be killed.
    """

    def __init__(
        self,
        ui: Any,
        session: SegmentationSession,
        segments: SegmentsSection,
        samples: PresentationSamples,
        *,
        window: Any,
        startWorker: Callable[[], bool],
        isRemote: Callable[[], bool],
    ) -> None:
        self._ui = ui
        self._session = session
        self._segments = segments
        self._startWorker = startWorker
        self._isRemote = isRemote
        self._samples = samples
        self._played: list[tuple[Any, str]] = []  # segmentation and segment
        self._flight = SliceFlight(slicer.mrmlScene)
        self._caption = ViewCaption()
        self._captionText = ""
        self._keys = Shortcuts(window, {"Space": self.goOn})
        self._presentation = ScriptedPresentation(
            session, self._nextSegment, endWorker=self._endWorker
        )
        self._presentation.changed.connect(self.refresh)
        ui.presentationSection.connect("contentsCollapsed(bool)", self._onOpened)
        ui.playButton.connect("clicked()", self.play)
        ui.nextStepButton.connect("clicked()", self.goOn)
        ui.startOverButton.connect("clicked()", self.beginAgain)

    def play(self) -> None:
        """Show the sample, and be ready for the first step."""
        self.startOver()
        self._ui.volumeSelector.setCurrentNode(self._samples.show())
        if self._startWorker():
            self._segments.settleVolume()
            self._keys.install()
            self._presentation.begin(self._samples.steps())

    def goOn(self) -> None:
        """Make the next step."""
        self._presentation.goOn()
        step = self._presentation.step
        if step is not None:
            self._flight.flyTo(step.point_ras)

    def beginAgain(self) -> None:
        """Remove what was played, and be ready for the first step if there is a sample."""
        if self._played or self._presentation.isOpen:
            self.play()

    def startOver(self) -> None:
        """Remove the segments and points that were played."""
        self.stop()
        self._presentation.outcomes = []
        for node, segmentId in self._played:
            isThere = node.GetScene() is not None
            if isThere and node.GetSegmentation().GetSegment(segmentId) is not None:
                for markups in PromptMarkups(slicer.mrmlScene, node, segmentId).nodes():
                    slicer.mrmlScene.RemoveNode(markups)
                node.GetSegmentation().RemoveSegment(segmentId)
        self._played.clear()
        self.refresh()

    def stop(self) -> None:
        """Make no further click."""
        self._presentation.stop()
        self._keys.remove()

    def poll(self) -> None:
        """Go on with the slices' flight."""
        self._flight.poll()

    def refresh(self) -> None:
        """Show what was shown so far, and what comes."""
        presentation = self._presentation
        lines = [self._line(outcome) for outcome in presentation.outcomes]
        if presentation.isPlaying:
            lines.append(_("next click …"))
        elif presentation.isOpen:
            lines.append(_("Space: next step"))
        elif presentation.outcomes:
            lines.append(html.escape(lastCard(presentation.outcomes)))
            self._keys.remove()
        self._ui.presentationLabel.text = "<br>".join(lines)
        self._ui.presentationLabel.visible = bool(lines)
        self._ui.playButton.enabled = not presentation.isPlaying
        self._ui.presentationSampleBox.enabled = not presentation.isOpen
        self._ui.nextStepButton.enabled = presentation.isOpen and not presentation.isPlaying
        self._showCaption()

    def _showCaption(self) -> None:
        presentation = self._presentation
        text = caption(presentation.outcomes[-1]) if presentation.outcomes else ""
        if presentation.outcomes and not presentation.isOpen:
            text = lastCard(presentation.outcomes)
        if text != self._captionText:
            self._captionText = text
            self._caption.show(text, viewInteractors())

    def _line(self, outcome: StepOutcome) -> str:
        title, took = map(html.escape, stepSentence(outcome, self._session.worker))
        return f"<b>{title}</b>: {took}"

    def _onOpened(self, isCollapsed: bool) -> None:
        """Make the sample while nobody waits for it."""
        if not isCollapsed:
            self._samples.prepare()

    def _nextSegment(self) -> None:
        self._segments.addSegment()
        if self._session.segmentId is not None:
            node = self._segments.segmentationNode
            self._played.append((node, self._session.segmentId))
            node.CreateClosedSurfaceRepresentation()

    def _endWorker(self) -> None:
        """Kill the model's process, as the system does when memory runs out."""
        pid = self._session.worker.info.pid
        if pid is not None and not self._isRemote():
            end_process(pid)
