"""The panel: its features put together."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ..BundleChoice import BundleChoice
from ..Confidence import Confidence
from ..ExpertTraining import ExpertTraining
from ..ModelInstaller import Checkpoint, ModelInstaller
from ..PreviewOverlay import PreviewOverlay
from ..PublicTorso import PublicTorso
from ..SegmentationSession import SegmentationSession
from ..StructureSources import StructureSources
from ..WorkerSettings import Store
from .buttonIcons import setButtonIcons
from .checkBoxFrames import setCheckBoxFrames
from .DecoderControls import DecoderControls
from .Dependencies import Dependencies
from .LookAheadSection import LookAheadSection
from .Marking import Marking
from .Messages import Messages
from .ModelControls import ModelControls
from .Notice import Notice
from .PollTimer import PollTimer
from .PresentationSamples import PresentationSamples
from .PresentationSection import PresentationSection
from .SceneParameters import SceneParameters
from .SegmentControls import SegmentControls
from .Shortcuts import Shortcuts
from .StatusLine import StatusLine
from .TeachControls import TeachControls
from .Theme import Theme
from .UndoButtons import UndoButtons


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
        training: Trains experts from the user's examples.
        trainingDependencies: Installs what that needs, on first use.
        structureSources: Names, colours and codes of structures.
        torso: The real CT of the presentation.
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
        training: ExpertTraining,
        trainingDependencies: Dependencies,
        structureSources: StructureSources,
        torso: PublicTorso,
        store: Store,
    ) -> None:
        self.ui = ui
        self.session = session
        self.theme = Theme(root, iconFolder)
        self.notice = Notice(ui, self.theme)
        self._sources = structureSources
        self._store = store
        self._bundleChoice = bundleChoice
        self._installer = installer
        self._chosenSegmentId = ""
        self._build(scene, window, checkpoint, dependencies, torso)
        self.teach = TeachControls(
            ui,
            session,
            training,
            choice=bundleChoice,
            installer=installer,
            dependencies=trainingDependencies,
            store=store,
            structureNamed=structureSources.named,
            messages=self._messages,
        )
        self._installShortcuts(window)
        self._listen()
        self._timer = PollTimer(session.worker, self._polls(), onFailed=self._onPollFailed)
        self.refreshIcons()
        self.refresh()

    def _build(
        self,
        scene: Any,
        window: Any,
        checkpoint: Checkpoint,
        dependencies: Dependencies,
        torso: PublicTorso,
    ) -> None:
        ui, session, theme = self.ui, self.session, self.theme
        self._messages = Messages(
            self.notice,
            session,
            self._bundleChoice,
            self._installer,
            tryAgain=self._tryAgain,
            structureNamed=self._sources.named,
        )
        self._segments = SegmentControls(
            ui, session, self._sources, self._messages, onChosen=self._onSegmentChosen
        )
        self._marking = Marking(ui, session, scene, theme, prepare=self._prepare)
        self._lookAhead = LookAheadSection(ui, self._marking.lookAhead, self._store)
        self._preview = PreviewOverlay(session, scene)
        self._history = UndoButtons(ui, session)
        self._status = StatusLine(ui, session.worker, theme)
        self.decoders = DecoderControls(ui, session, scene, theme)
        self._parameters = SceneParameters(
            session,
            self._bundleChoice,
            self._store,
            segments=self._segments.section,
            marking=self._marking,
            threshold=self.decoders.threshold,
        )
        self.model = ModelControls(
            ui,
            session,
            choice=self._bundleChoice,
            installer=self._installer,
            checkpoint=checkpoint,
            dependencies=dependencies,
            store=self._store,
            notice=self.notice,
            messages=self._messages,
        )
        self._presentation = PresentationSection(
            ui,
            session,
            self._segments.section,
            PresentationSamples(ui, torso, onFailed=self._messages.warn),
            window=window,
            startWorker=self.model.workerStart.start,
            isRemote=lambda: self._bundleChoice.settings.isRemote,
        )

    def _installShortcuts(self, window: Any) -> None:
        self.shortcuts = Shortcuts(
            window,
            {
                **self._segments.keys(),
                **self._marking.keys(),
                **self.decoders.keys(),
                **self.teach.keys(),
                "X": self._clickSuggestion,
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
        self.decoders.overlays.changed.connect(self.refresh)
        self._bundleChoice.changed.connect(self._onBundle)

    def enter(self) -> None:
        """The module is shown: keys work, and the theme may have changed."""
        self.refreshIcons()
        self.session.takeHandWork()
        self.shortcuts.install()
        self._marking.mouse.watch()
        self.model.workerStart.startAheadSoon()
        self.refresh()

    def exit(self) -> None:
        """Another module is shown: placing ends, the keys are given back."""
        self._marking.stop()
        self._marking.mouse.close()
        self.shortcuts.remove()
        self._presentation.stop()
        self._preview.close()
        self.decoders.overlays.close()

    def close(self) -> None:
        """Let go of everything."""
        self.exit()
        self._presentation.stop()
        self._timer.stop()
        self._marking.close()
        self._segments.section.close()
        self.model.close()
        self.teach.close()
        self.session.close()

    def refreshIcons(self) -> None:
        """Put on icons and frames of the present theme."""
        setButtonIcons(self.ui, self.theme)
        setCheckBoxFrames(self.ui, self.theme)
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
        experts = self._bundleChoice.experts(self.session.worker.info.bundle)
        self.decoders.setExperts(experts)
        self._sources.setExperts(experts)
        self._segments.refresh()
        self._marking.refresh()
        self._history.refresh()
        self._status.refresh(hasFailed=self._messages.hasFailed)
        self.decoders.refresh()
        self.model.refresh()
        self._presentation.refresh()
        self.teach.refresh()

    def _polls(self) -> Sequence[Callable[[], None]]:
        return (
            self.model.workerStart.poll,
            lambda: self.session.poll(isHeld=self._marking.mouse.isHeld),
            self._pollSizes,
            self._marking.lookAhead.poll,
            self.model.poll,
            self.decoders.threshold.poll,
            self._presentation.poll,
            self.teach.poll,
        )

    def _pollSizes(self) -> None:
        """Count only while somebody may look, not at every stroke in another module."""
        if self.shortcuts.isInstalled:
            self._segments.section.poll()

    def _onPollFailed(self, message: str) -> None:
        self._messages.showFailure(message)
        self.refresh()

    def _prepare(self) -> bool:
        """Make a prompt possible: worker and segment; say whether it is."""
        if not self.model.workerStart.start():
            self.refresh()
            return False
        self._segments.section.settleVolume()
        self._segments.section.ensureSegment()
        return True

    def _onSegmentChosen(self, segmentId: str) -> None:
        if segmentId == self._chosenSegmentId:
            return
        self._chosenSegmentId = segmentId
        self._parameters.setSegment(segmentId)
        self.decoders.show(Confidence.ofRecord(self.session.record))
        self.refresh()

    def _onResult(self, segmentId: str, result: Any) -> None:
        self.model.firstRun.done()
        if segmentId == self.session.segmentId:
            self.decoders.show(Confidence.ofResult(result))
        self.refresh()

    def _clickSuggestion(self) -> None:
        """Turn the suggested place into a click."""
        if self.decoders.overlays.disputedPoint is not None:
            self._marking.click(self.decoders.overlays.disputedPoint)

    def _tryAgain(self) -> None:
        self._messages.clear()
        if self._prepare():
            self.session.segment()

    def _onBundle(self) -> None:
        self.decoders.forget()
        self.refresh()
