"""The story of a click on the Slicer side: read, request, result, write."""

import math
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sammoe import MaskPrompt, PredictOptions, Result
from sammoe.prompts import FOREGROUND

from .Bridge import Click, PromptState, Provenance
from .Bridge.HandEdit import emptyMask
from .Bridge.SegmentStyle import letBeSeen
from .Client import Client
from .ExpertChoice import withoutLostPin
from .PassedOver import PassedOver
from .Phase import Phase
from .PredictionRequest import PredictionRequest
from .PredictionWorker import PredictionWorker
from .PromptedSegment import SETTLE_S, PromptedSegment
from .RevisableSegment import RevisableSegment
from .Signal import Signal

SURFACE_REST_S = 0.3


class SegmentationSession(RevisableSegment):
    """Turns what the user marks in a scene into segments.

    The owner calls `poll` a few times a second (a timer in the panel). Whatever the user does to
    the markups or the voxels of the chosen segment is an action that can be undone: a point
    placed, moved or deleted, a box drawn, a stroke painted.

    Signals:
        stateChanged(), segmentChosen(): See `ChosenSegment`.
        resultWritten(segmentId, result): A mask is in its segment.
        writtenByHand(segmentId): A segment is what nobody was asked about: empty, or as drawn.
        neighboursTaken(counts): The mask just written took voxels; how many, by segment name.
        optionsChosen(options): The user chose how is predicted from now on.
        decoderMaskReady(decoderId, volume, result): A decoder's own mask, to be shown only.
        failed(message): Something went wrong; the message says what to do.

    Attributes:
        worker: Phase, stage, bundle, device and log, for the status line.
        lastResult: The last mask written, with its scores and notes.
        mlBefore: Size of its segment before the click that led to it, ml; 0 without a new click.

    Args:
        scene: The MRML scene to work in.
        client: A `WorkerClient`, or a fake; started at the first need.
        clock: Seconds, rising.
    """

    def __init__(
        self, scene: Any, client: Client, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(scene)
        self.resultWritten, self.writtenByHand = Signal(), Signal()
        self.neighboursTaken = Signal()
        self.decoderMaskReady, self.optionsChosen = Signal(), Signal()
        self.worker = PredictionWorker(client, clock=clock)
        self.worker.stateChanged.connect(self.stateChanged.emit)
        self.worker.failed.connect(self.failed.emit)
        self.worker.answered.connect(self._receive)
        self._passedOver = PassedOver(self.worker)
        self.worker.stopped.connect(self._passedOver.forgetAll)
        self.lastResult: Result | None = None
        self.mlBefore = 0.0
        self._clock = clock
        self._stale_s: float | None = None
        self._wantedDecoder: str | None = None

    def start(self) -> None:
        """Start the worker with the volume, so that the first click waits less."""
        self.worker.start()
        if self.hasVolume:
            self._guarded(lambda: self.worker.setVolume(self._volume.read()))

    def setSegment(self, segmentationNode: Any, segmentId: str) -> None:
        """Choose the segment that prompts belong to; with None or an empty id there is none."""
        super().setSegment(segmentationNode, segmentId)
        target = self._targets.chosen
        if target is not None and target.isBehind and not self.worker.isBusyWith(target):
            self._request(target)

    def decideAgain(self) -> None:
        """Let the gate decide at the last click instead of the first."""
        if self.clickCount > 1:
            self.setOptions(replace(self.options, gate_click=self.clickCount))

    def setOptions(self, options: PredictOptions) -> None:
        """Predict this way from now on; the chosen segment is predicted again at once."""
        wanted = replace(options, decoder=None)
        self._options = replace(wanted, gate_click=1)  # that one is about this segment's clicks
        self.optionsChosen.emit(self._options)
        target = self._targets.chosen
        if target is not None and target.options != wanted:
            self.takeHandWork()
            target.options = wanted
            if not target.history.current.isEmpty:
                target.predictAgain()
            self.segment()

    def segment(self) -> None:
        """Predict the chosen segment with its prompts as they are, e.g. after a failure."""
        target = self._targets.chosen
        if target is not None and not target.history.current.isEmpty:
            self._request(target)

    def lookAhead(self, point_ras: tuple[float, float, float]) -> None:
        """Let an idle worker look where the first click of the chosen segment may come, RAS mm.

        Nothing is written and nothing fails; a place outside the volume is none.
        """
        target = self._targets.chosen
        if target is None or not self._volume.isReadable or not target.history.current.isUntouched:
            return
        asked = PromptState((Click(1, FOREGROUND, point_ras),))
        if self._volume.inside(asked, before=PromptState()) == asked:
            self._guarded(lambda: self.worker.lookAhead(asked, target.options, self._volume.read()))

    def wantDecoderMask(self, decoderId: str | None) -> None:
        """Show one decoder's own mask of the same prompts, now and after each click; None: stop.

        `decoderMaskReady` brings it; nothing is written, and it is no step of the history.

        Args:
            decoderId: "general", an expert's id, or None.
        """
        self._wantedDecoder = decoderId
        target = self._targets.chosen
        if target is not None and not target.isBehind:
            self._guarded(lambda: self._askDecoderMask(target))

    def cancel(self) -> None:
        """Give up the prediction under way, and those that wait for it; their prompts stay."""
        self.worker.cancel()
        self._passedOver.forgetAll()

    def forgetScene(self) -> None:
        """Let go of every node, when the scene closes; the worker stays warm."""
        self.cancel()
        self._volume.forget()
        self._targets.forget()
        self.segmentChosen.emit()
        self.stateChanged.emit()

    def close(self) -> None:
        """End the worker and let go of the scene."""
        self.forgetScene()
        self.worker.close()

    def poll(self, *, isHeld: bool = False) -> None:
        """Take the worker's answers, then the user's actions; never waits.

        Args:
            isHeld: The mouse still holds what it moves: that is no action yet, though it rests.
        """
        self._targets.followHardening()
        self.worker.poll()
        self._sweep()
        self.takeMarks(settle_s=math.inf if isHeld else SETTLE_S)
        self._guarded(self._passedOver.catchUp)
        self._pollSurfaces()

    def finishSurfaces(self) -> None:
        """Make the closed surfaces now that would be made again in idle time."""
        self._targets.rebuildSurfaces()

    def _pollSurfaces(self) -> None:
        """Make stale surfaces again once nothing was under way for `SURFACE_REST_S`."""
        if self.worker.phase is Phase.WORKING or not self._targets.haveStaleSurfaces:
            self._stale_s = None
        elif self._stale_s is None:
            self._stale_s = self._clock()
        elif self._clock() - self._stale_s >= SURFACE_REST_S:
            self._targets.rebuildSurfaces()

    def takeMarks(self, *, settle_s: float = 0.0) -> None:
        """Make what is marked an action; what moves only once it rested for `settle_s`."""
        target = self._targets.chosen
        if target is None or target.segment is None:
            return
        if target.hasAction(self._clock(), settle_s=settle_s):
            self._act(target)

    def _act(self, target: PromptedSegment) -> None:
        """Make what was marked an action, but for points where there is no voxel."""
        self.takeHandWork()
        marked = target.numberedMarks()
        before = target.history.current
        inside = self._volume.inside(marked, before=before)
        news = self._volume.withoutRepeats(inside, before=before)
        if news != marked:
            news = target.show(news)
        if inside != marked:
            self.failed.emit("a point outside the volume was taken back; click inside it")
        if news != target.history.current.marks:
            target.takeAction(news, volumeId=self._volume.nodeId)
            letBeSeen(target.writer.segmentationNode, target.segmentId)
            self._request(target)
        elif inside == marked and target.isBehind and not self.worker.isBusyWith(target):
            self._request(target)  # clicked again because the mask has not come

    def _giveUp(self, target: PromptedSegment) -> None:
        self._passedOver.forget(target)
        if self.worker.isBusyWith(target):
            self.worker.cancel()

    def _request(self, target: PromptedSegment) -> None:
        self._guarded(lambda: self._ask(target))
        self.stateChanged.emit()

    def _ask(self, target: PromptedSegment) -> None:
        self._passedOver.makeWayFor(target)
        self.worker.cancel()
        state = target.history.current
        if state.isDrawn or (state.isEmpty and not state.edits):
            self._writeByHand(target, target.writeDrawn)
            return
        reader = self._volume.readerFor(state, target.writer.segmentationNode)
        volume = reader.read()
        if state.isEmpty:
            self._writeByHand(target, lambda: target.writeMask(emptyMask(), volume))
            return
        target.writer.useReference(reader.volumeNode)
        target.isBehind = True
        self._letGoOfLostPin(target)
        self.worker.ask(target, target.promptsFor(volume), target.options, volume)

    def _letGoOfLostPin(self, target: PromptedSegment) -> None:
        """Let the gate decide where a scene has an expert pinned that this model does not have.

        No row shows that pin, so that nobody could take it away.
        """
        bundle, pinned = self.worker.info.bundle, target.options.expert
        if bundle is None:
            return
        options = withoutLostPin(target.options, bundle.expert_ids)
        if options != target.options:
            target.options = options
            self.failed.emit(f"the pinned '{pinned}' is no expert of this model; the gate decides")

    def _askDecoderMask(self, target: PromptedSegment) -> None:
        state = target.history.current
        if self._wantedDecoder is not None and not state.isEmpty:
            volume = self._volume.readerFor(state, target.writer.segmentationNode).read()
            options = replace(target.options, decoder=self._wantedDecoder)
            self._passedOver.makeWayFor(target)
            self.worker.ask(target, target.promptsFor(volume), options, volume)

    def _receive(self, request: PredictionRequest, result: Result) -> None:
        if request.options.decoder is not None:
            self.decoderMaskReady.emit(request.options.decoder, request.volume, result)
        elif request.target.segment is not None:
            self._guarded(lambda: self._finish(request, result))

    def _finish(self, request: PredictionRequest, result: Result) -> None:
        target = request.target
        mask = MaskPrompt(result.mask_box_kji, result.box_ijk)
        target.takeHandWork()  # painted while the model was at work
        target.layNewEditsUpon(mask, request.volume, request.prompts)
        self.mlBefore = target.volumeMlBeforeClick()
        self._targets.write(target, lambda: target.writeMask(mask, request.volume))
        target.writer.style(target.segmentId, self.worker.info.expertCard(result.expert))
        target.writeRecord(self._record(target, request, result))
        self.lastResult = result
        self.resultWritten.emit(target.segmentId, result)
        self._sayTaken(target)
        if target is self._targets.chosen:
            self._askDecoderMask(target)

    def _writeByHand(self, target: PromptedSegment, step: Callable[[], None]) -> None:
        """Write what no model is needed for."""
        self._targets.write(target, step)
        target.recordPrompts()
        self.writtenByHand.emit(target.segmentId)
        self._sayTaken(target)

    def _sayTaken(self, target: PromptedSegment) -> None:
        taken = target.writer.takenByName()
        if taken:
            self.neighboursTaken.emit(taken)

    def _record(
        self, target: PromptedSegment, request: PredictionRequest, result: Result
    ) -> Provenance:
        info = self.worker.info
        return Provenance(
            target.history.current,
            options=request.options,
            expert=result.expert,
            scores=result.scores,
            tau=result.tau,
            bundle=info.bundle.name if info.bundle else "",
            bundle_hash=info.bundleHash,
        )
