"""The panel: its features put together, and the timer that keeps everything going."""

import logging
from pathlib import Path
from typing import Any

import qt

from ..BundleChoice import BundleChoice
from ..Confidence import Confidence
from ..DecoderMasks import DecoderMasks
from ..DecoderOverlays import DecoderOverlays
from ..ModelInstaller import Checkpoint, ModelInstaller
from ..OutlineTour import OutlineTour
from ..Phase import Phase
from ..SegmentationSession import SegmentationSession
from ..StructureSources import StructureSources
from ..WorkerSettings import Store
from .BundleMenu import BundleMenu
from .buttonIcons import setButtonIcons
from .Dependencies import Dependencies
from .DisagreementControl import DisagreementControl
from .ExpertsSection import ExpertsSection
from .FirstRun import FirstRun
from .Marking import Marking
from .Messages import Messages
from .Notice import Notice
from .PresentationSection import PresentationSection
from .SceneParameters import SceneParameters
from .SegmentMenu import SegmentMenu
from .SegmentsSection import SegmentsSection
from .Shortcuts import Shortcuts
from .StatusLine import StatusLine
from .StructureField import StructureField
from .Theme import Theme
from .ThresholdControl import ThresholdControl
from .UndoButtons import UndoButtons
from .VerdictLine import VerdictLine
from .WeightsSection import WeightsSection
from .WorkerSection import WorkerSection
from .WorkerStart import WorkerStart

POLL_INTERVAL_MS, AWAITING_INTERVAL_MS = 30, 5
"""Between two looks; and while a mask is awaited, so that it is seen at once."""


class Panel:
    """Shows the session's state and hands the user's wishes on.

    Args:
        ui: The widgets of `SAMMoESlicer.ui` by name.
        session: What does the work.
        scene: The MRML scene.
        root: The panel's outermost widget.
        window: Where shortcuts are heard.
        iconFolder: The panel's icons.
        bundleChoice: Model, device, host.
        installer: Downloads and installs models.
        checkpoint: Published weights that can be downloaded.
        dependencies: Installs what the worker needs, on first use.
        structureSources: Names, colours and codes of structures.
        store: The user's settings.
    """

    def __init__(
        self,
        ui: Any,
        session: SegmentationSession,
        *,
        scene: Any,
        root: Any,
        window: Any,
        iconFolder: Path,
        bundleChoice: BundleChoice,
        installer: ModelInstaller,
        checkpoint: Checkpoint,
        dependencies: Dependencies,
        structureSources: StructureSources,
        store: Store,
    ) -> None:
        self.ui = ui
        self.session = session
        self.theme = Theme(root, iconFolder)
        self.notice = Notice(ui, self.theme)
        self._dependencies = dependencies
        self._sources = structureSources
        self._store = store
        self._bundleChoice = bundleChoice
        self._installer = installer
        self._confidence = Confidence()
        self._chosenSegmentId = ""
        masks = DecoderMasks(session)
        self._overlays = DecoderOverlays(scene, masks)
        self.outlines = OutlineTour(session, self._overlays, masks)
        self._build(scene, window, checkpoint)
        self._installShortcuts(window)
        self._listen()
        self._timer = qt.QTimer()
        self._timer.setInterval(POLL_INTERVAL_MS)
        self._timer.connect("timeout()", self._onTimer)
        self._timer.start()
        self.refreshIcons()
        self.refresh()

    def _build(self, scene: Any, window: Any, checkpoint: Checkpoint) -> None:
        ui, session, theme = self.ui, self.session, self.theme
        self._messages = Messages(
            self.notice,
            session,
            self._bundleChoice,
            self._installer,
            tryAgain=self._tryAgain,
            structureNamed=self._sources.named,
        )
        self.segments = SegmentsSection(
            ui, session, onChosen=self._onSegmentChosen, onFailed=self._messages.showFailure
        )
        self.structures = StructureField(
            ui, session, self.segments, self._sources, onFailed=self._messages.warn
        )
        self.segmentMenu = SegmentMenu(
            ui,
            session,
            self.segments,
            onFailed=self._messages.warn,
            onDone=self._messages.note,
        )
        self._marking = Marking(ui, session, scene, theme, prepare=self._prepare)
        self._history = UndoButtons(ui, session)
        self._status = StatusLine(ui, session.worker, theme)
        self._verdict = VerdictLine(ui, session, self.outlines, theme)
        self._experts = ExpertsSection(ui, session, self._overlays, theme)
        self._threshold = ThresholdControl(ui, session)
        self._disagreement = DisagreementControl(ui, self._overlays)
        self._parameters = SceneParameters(
            session,
            self._bundleChoice,
            self._store,
            segments=self.segments,
            marking=self._marking,
            threshold=self._threshold,
        )
        self._workerSection = WorkerSection(ui, session.worker, self._bundleChoice, self.notice)
        self._start = WorkerStart(
            session, self._bundleChoice, self._workerSection, self._messages, self._dependencies
        )
        self._weights = WeightsSection(ui, self._installer, self._bundleChoice, checkpoint)
        self._firstRun = FirstRun(ui, self._store, checkpoint, self._weights)
        self._bundleMenu = BundleMenu(ui, self._installer, self._bundleChoice)
        self._presentation = PresentationSection(
            ui,
            session,
            self.segments,
            window=window,
            startWorker=self._start.start,
            isRemote=lambda: self._bundleChoice.settings.isRemote,
        )

    def _installShortcuts(self, window: Any) -> None:
        self.shortcuts = Shortcuts(
            window,
            {
                **self._marking.keys(),
                "N": self.segments.nextSegment,
                "M": self.segmentMenu.toggle,
                "J": self.segmentMenu.jump,
                "C": self.outlines.goOn,
                "T": self.outlines.take,
                "X": self._clickSuggestion,
                "F2": self.structures.focus,
                "Ctrl+Z": self.session.undo,
                "Ctrl+Y": self.session.redo,
                "Ctrl+Shift+Z": self.session.redo,
                "F9": self._presentation.beginAgain,
            },
        )

    def _listen(self) -> None:
        self.session.stateChanged.connect(self.refresh)
        self.session.resultWritten.connect(self._onResult)
        self.session.failed.connect(lambda _message: self.refresh())
        self._overlays.changed.connect(self.refresh)
        self._bundleChoice.changed.connect(self._onBundle)

    def enter(self) -> None:
        """The module is shown: keys work, and the theme may have changed."""
        self.refreshIcons()
        self.session.takeHandWork()
        self.shortcuts.install()
        self._start.startAheadSoon()
        self.refresh()

    def exit(self) -> None:
        """Another module is shown: placing ends, the keys are given back."""
        self._marking.stop()
        self.shortcuts.remove()
        self._presentation.stop()
        self._overlays.close()

    def close(self) -> None:
        """Let go of everything."""
        self.exit()
        self._presentation.stop()
        self._timer.stop()
        self._marking.close()
        self._installer.cancel()
        self._workerSection.close()
        self.session.close()

    def refreshIcons(self) -> None:
        """Put on the icons of the present theme."""
        setButtonIcons(self.ui, self.theme)
        self._marking.refreshIcons()
        self.notice.show(self.notice.message)

    def useParameters(self, parameters: Any) -> None:
        """Follow a parameter node, or none while the scene closes."""
        self._parameters.follow(parameters)
        self.refresh()

    def applyParameters(self) -> None:
        """Do what the parameter node says."""
        self._parameters.apply()
        self.refresh()

    def refresh(self) -> None:
        """Bring every widget up to date."""
        experts = self._bundleChoice.experts(self.session.worker.bundle)
        self._experts.setExperts(experts)
        self._overlays.setExperts(experts)
        self._threshold.setExperts(experts)
        self._sources.setExperts(experts)
        self.segments.refresh()
        self.segmentMenu.refresh()
        self._marking.refresh()
        self._history.refresh()
        self._status.refresh(hasFailed=self._messages.hasFailed)
        self._verdict.refresh(self._confidence, experts)
        self._experts.refresh(self._confidence)
        self._disagreement.refresh(self._confidence)
        self._workerSection.refresh()
        self._weights.refresh()
        self._presentation.refresh()

    def _onTimer(self) -> None:
        awaits = self.session.worker.phase is Phase.WORKING
        interval_ms = AWAITING_INTERVAL_MS if awaits else POLL_INTERVAL_MS
        if self._timer.interval != interval_ms:
            self._timer.setInterval(interval_ms)
        try:
            self._start.poll()
            self.session.poll()
            self._workerSection.poll()
            self._threshold.poll()
            self._presentation.poll()
            self._installer.poll()
        except Exception as error:
            logging.getLogger(__name__).exception("in the panel's timer")
            self._messages.showFailure(str(error))
            self.refresh()

    def _prepare(self) -> bool:
        """Make a prompt possible: worker and segment; say whether it is."""
        if not self._start.start():
            self.refresh()
            return False
        self.segments.settleVolume()
        self.segments.ensureSegment()
        return True

    def _onSegmentChosen(self, segmentId: str) -> None:
        if segmentId == self._chosenSegmentId:
            return
        self._chosenSegmentId = segmentId
        self._parameters.setSegment(segmentId)
        self._showConfidence(Confidence.ofRecord(self.session.record))
        self.refresh()

    def _onResult(self, segmentId: str, result: Any) -> None:
        self._firstRun.done()
        if segmentId == self.session.segmentId:
            self._showConfidence(Confidence.ofResult(result))
        self.refresh()

    def _showConfidence(self, confidence: Confidence) -> None:
        self._confidence = confidence
        self._overlays.setConfidence(confidence)
        self.outlines.setConfidence(confidence)

    def _clickSuggestion(self) -> None:
        """Turn the suggested place into a click."""
        if self._overlays.disputedPoint is not None:
            self._marking.click(self._overlays.disputedPoint)

    def _tryAgain(self) -> None:
        self._messages.clear()
        if self._prepare():
            self.session.segment()

    def _onBundle(self) -> None:
        self._confidence = Confidence()
        self.refresh()
