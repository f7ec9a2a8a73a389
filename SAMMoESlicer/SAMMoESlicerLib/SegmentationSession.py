"""The story of a click on the Slicer side: read, request, write; and back by undo."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sammoe import MaskPrompt, PredictOptions, Result
from sammoe.errors import PromptError, SAMMoEError

from .Bridge import (
    PromptRole,
    PromptState,
    Provenance,
    SegmentReader,
    SegmentWriter,
    VolumeReader,
)
from .Client import Client
from .Engine import Engine
from .PromptedSegment import PromptedSegment
from .Request import Request
from .SegmentTargets import SegmentTargets
from .Signal import Signal


class SegmentationSession:
    """Turns what the user marks in a scene into segments.

    The owner calls `poll` a few times a second (a timer in the panel). Whatever the user does to
    the markups of the chosen segment is an action that can be undone: a point placed, moved or
    deleted, a box drawn.

    Signals:
        stateChanged(): The engine's phase, the history or the chosen segment changed.
        resultWritten(segmentId, result): A mask is in its segment.
        previewed(decoderId, volume, result): One decoder's own mask is there, to be shown only.
        failed(message): Something went wrong; the message says what to do.

    Attributes:
        engine: Phase, stage, bundle, device and log, for the status line.
        lastResult: The last mask written, with its scores and notes.

    Args:
        scene: The MRML scene to work in.
        client: A `WorkerClient`, or a fake; started at the first need.
        clock: Seconds, rising.
    """

    def __init__(
        self, scene: Any, client: Client, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.stateChanged, self.resultWritten = Signal(), Signal()
        self.previewed, self.failed = Signal(), Signal()
        self.engine = Engine(client, clock=clock)
        self.engine.stateChanged.connect(self.stateChanged.emit)
        self.engine.failed.connect(self.failed.emit)
        self.engine.answered.connect(self._receive)
        self.lastResult: Result | None = None
        self._clock = clock
        self._options = PredictOptions()
        self._volumeReader: VolumeReader | None = None
        self._targets = SegmentTargets(scene)
        self._previewId: str | None = None

    def start(self) -> None:
        """Start the engine with the volume, so that the first click waits less."""
        self.engine.start()
        if self._volumeReader is not None:
            self._guarded(lambda: self.engine.setVolume(self._reader().read()))

    def setVolumeNode(self, volumeNode: Any) -> None:
        """Choose the volume; None: none."""
        if self._volumeReader is None or self._volumeReader.volumeNode is not volumeNode:
            self._volumeReader = None if volumeNode is None else VolumeReader(volumeNode)

    @property
    def hasVolume(self) -> bool:
        """Say whether a volume is chosen."""
        return self._volumeReader is not None

    def setSegment(self, segmentationNode: Any, segmentId: str) -> None:
        """Choose the segment that prompts belong to; with None or an empty id there is none."""
        self._targets.chooseNone()
        if segmentationNode is not None and segmentId:
            self._guarded(lambda: self._choose(segmentationNode, segmentId))
        self.stateChanged.emit()

    def addSegment(self, segmentationNode: Any, name: str = "") -> str:
        """Add an empty segment, choose it and return its id; unnamed, an expert may name it."""
        segmentId = self.writer(segmentationNode).addSegment(name)
        self.setSegment(segmentationNode, segmentId)
        return segmentId

    @property
    def segmentId(self) -> str | None:
        """Id of the chosen segment."""
        return self._targets.chosen.segmentId if self._targets.chosen else None

    def promptNode(self, role: PromptRole) -> Any:
        """Return the chosen segment's markups node of a role, made if needed, to place points in.

        Raises:
            PromptError: No segment is chosen.
        """
        return self._targets.get().markups.ensureNode(role)

    def existingPromptNode(self, role: PromptRole) -> Any:
        """Return the chosen segment's markups node of a role, or None where there is none yet."""
        target = self._targets.chosen
        return None if target is None else target.markups.node(role)

    def usePromptNode(self, node: Any, role: PromptRole) -> None:
        """Let a markups node of the user's own be the chosen segment's node of this role.

        Raises:
            PromptError: No segment is chosen.
        """
        self._targets.get().markups.adopt(node, role)

    def writer(self, segmentationNode: Any) -> SegmentWriter:
        """Return the writer of a segmentation, which holds its write mode and locked segments."""
        return self._targets.writer(segmentationNode)

    @property
    def prompts(self) -> PromptState:
        """What is marked for the chosen segment; empty where none is chosen."""
        return self._targets.chosen.history.current if self._targets.chosen else PromptState()

    @property
    def record(self) -> Provenance | None:
        """How the chosen segment came about, or None where it is not ours."""
        target = self._targets.chosen
        try:
            return None if target is None else Provenance.readFrom(target.segment)
        except PromptError:
            return None

    @property
    def options(self) -> PredictOptions:
        """How the chosen segment is predicted."""
        return self._targets.chosen.options if self._targets.chosen else self._options

    def setOptions(self, options: PredictOptions) -> None:
        """Predict this way from now on; the chosen segment is predicted again at once."""
        self._options = replace(options, view=None)
        target = self._targets.chosen
        if target is not None and target.options != self._options:
            target.options = self._options
            self.segment()

    def segment(self) -> None:
        """Predict the chosen segment with its prompts as they are, e.g. after a failure."""
        target = self._targets.chosen
        if target is not None and not target.history.current.isEmpty:
            self._request(target)

    def preview(self, decoderId: str | None) -> None:
        """Show one decoder's own mask of the same prompts, now and after each click; None: stop.

        `previewed` brings it; nothing is written, and it is no step of the history.

        Args:
            decoderId: "general", an expert's id, or None.
        """
        self._previewId = decoderId
        target = self._targets.chosen
        if target is not None and not target.isBehind:
            self._guarded(lambda: self._askPreview(target))

    def useSegmentAsPrompt(self) -> None:
        """Start from the chosen segment's voxels as they are now, e.g. after painting.

        Raises:
            PromptError: No segment or no volume is chosen.
            GeometryError: Volume or segmentation cannot be read.
        """
        self._targets.get().mask = self.readSegment()

    def readSegment(self) -> MaskPrompt | None:
        """Return the chosen segment's voxels as they are now; None where it is empty.

        Raises:
            PromptError: No segment or no volume is chosen.
            GeometryError: Volume or segmentation cannot be read.
        """
        target = self._targets.get()
        reader = SegmentReader(target.writer.segmentationNode)
        return reader.readMask(target.segmentId, self._reader().read())

    def startNextClickFrom(self, mask: MaskPrompt | None) -> None:
        """Let the next click, not this moment, build on a mask, e.g. one that was painted.

        Raises:
            PromptError: No segment is chosen.
        """
        self._targets.get().paintedMask = mask

    @property
    def canUndo(self) -> bool:
        """Say whether there is an action to take back."""
        return self._targets.chosen is not None and self._targets.chosen.history.canUndo

    @property
    def canRedo(self) -> bool:
        """Say whether there is an undone action."""
        return self._targets.chosen is not None and self._targets.chosen.history.canRedo

    def undo(self) -> None:
        """Take the last action back; the engine remembers its answer to what was before."""
        if self.canUndo:
            self._show(self._targets.get(), self._targets.get().history.undo())

    def redo(self) -> None:
        """Do the undone action again."""
        if self.canRedo:
            self._show(self._targets.get(), self._targets.get().history.redo())

    def reset(self) -> None:
        """Remove all prompts of the chosen segment, which becomes what it was; can be undone."""
        target = self._targets.chosen
        if target is not None and not target.history.current.isEmpty:
            target.history.push(PromptState())
            self._show(target, PromptState())

    def replay(self) -> None:
        """Make the chosen segment again from the clicks recorded in it, as in a loaded scene.

        Raises:
            PromptError: No segment is chosen, or it has no such record.
        """
        target = self._targets.get()
        record = Provenance.readFrom(target.segment)
        if record is None:
            raise PromptError("this segment was not made with SAMMoESlicer: it records no clicks")
        target.options = record.options
        target.beginAgain(record.prompts)
        self._request(target)

    def cancel(self) -> None:
        """Give up the prediction under way; its prompts stay."""
        self.engine.cancel()

    def forgetScene(self) -> None:
        """Let go of every node, when the scene closes; the engine stays warm."""
        self.engine.cancel()
        self._volumeReader = None
        self._targets.forget()
        self.stateChanged.emit()

    def close(self) -> None:
        """End the engine and let go of the scene."""
        self.forgetScene()
        self.engine.close()

    def poll(self) -> None:
        """Take the engine's answers, then the user's actions; never waits."""
        self.engine.poll()
        target = self._targets.chosen
        if target is not None and target.segment is None:
            self.setSegment(None, "")
        elif target is not None and target.takeAction(self._clock()):
            self._request(target)

    def _request(self, target: PromptedSegment) -> None:
        self._guarded(lambda: self._ask(target))
        self.stateChanged.emit()

    def _ask(self, target: PromptedSegment) -> None:
        self.engine.cancel()
        prompts = target.history.current
        if prompts.isEmpty:
            target.writeAsBefore()
            return
        reader = self._reader()
        target.writer.useReference(reader.volumeNode)
        target.isBehind = True
        self.engine.ask(target, prompts, target.options, reader.read())

    def _askPreview(self, target: PromptedSegment) -> None:
        prompts = target.history.current
        if self._previewId is not None and not prompts.isEmpty:
            options = replace(target.options, view=self._previewId)
            self.engine.ask(target, prompts, options, self._reader().read())

    def _receive(self, request: Request, result: Result) -> None:
        if request.options.view is not None:
            self.previewed.emit(request.options.view, request.volume, result)
        elif request.target.segment is not None:
            self._guarded(lambda: self._write(request, result))

    def _write(self, request: Request, result: Result) -> None:
        target = request.target
        target.writer.write(target.segmentId, request.volume, result.mask_box_kji, result.box_ijk)
        target.writer.style(target.segmentId, self.engine.expertCard(result.expert))
        self._record(request, result).writeTo(target.segment)
        target.isBehind = False
        self.lastResult = result
        self.resultWritten.emit(target.segmentId, result)
        if target is self._targets.chosen:
            self._askPreview(target)

    def _record(self, request: Request, result: Result) -> Provenance:
        info = self.engine.info
        return Provenance(
            request.prompts,
            options=request.options,
            expert=result.expert,
            scores=result.scores,
            tau=result.tau,
            bundle=info.get("bundle", {}).get("name", ""),
            bundleHash=info.get("bundle_hash", ""),
        )

    def _show(self, target: PromptedSegment, state: PromptState) -> None:
        target.show(state)
        self._request(target)

    def _choose(self, segmentationNode: Any, segmentId: str) -> None:
        target = self._targets.choose(segmentationNode, segmentId, self._options)
        if target.isBehind and not self.engine.isBusyWith(target):
            self._request(target)

    def _reader(self) -> VolumeReader:
        if self._volumeReader is None or self._volumeReader.volumeNode.GetScene() is None:
            raise PromptError("no volume is chosen; choose the volume to segment")
        return self._volumeReader

    def _guarded(self, step: Callable[[], None]) -> None:
        try:
            step()
        except SAMMoEError as error:
            self.failed.emit(str(error))
