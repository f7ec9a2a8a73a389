"""Which volume and which segment the user works on, and what is marked for it."""

from collections.abc import Callable, Iterable
from typing import Any

from sammoe import PredictOptions, Volume
from sammoe.errors import SAMMoEError
from sammoe.prompts import BACKGROUND, FOREGROUND

from .Bridge import PromptRole, PromptState, Provenance, RoiPose, SegmentWriter, Structure
from .Bridge.BoxDepth import fitDepth
from .ChosenVolume import ChosenVolume
from .SegmentTargets import SegmentTargets
from .Signal import Signal


class ChosenSegment:
    """The part of a session that chooses; `SegmentationSession` predicts what is chosen.

    Signals:
        stateChanged(): The worker's phase, the history or the chosen segment changed.
        segmentChosen(): Another segment is chosen, or none.
        failed(message): Something went wrong; the message says what to do.

    Args:
        scene: The MRML scene to work in.
    """

    def __init__(self, scene: Any) -> None:
        self.stateChanged, self.segmentChosen, self.failed = Signal(), Signal(), Signal()
        self._options = PredictOptions()
        self._volume = ChosenVolume(scene)
        self._targets = SegmentTargets(scene)

    def setVolumeNode(self, volumeNode: Any) -> None:
        """Choose the volume; None: none."""
        self._volume.choose(volumeNode)

    @property
    def hasVolume(self) -> bool:
        """Say whether a volume is chosen."""
        return self._volume.node is not None

    def otherVolumeNode(self, segmentationNode: Any) -> Any:
        """Return the other volume a segmentation was made for, or None; to ask before mixing."""
        return None if segmentationNode is None else self._volume.otherThan(segmentationNode)

    def allowVolume(self, segmentationNode: Any) -> None:
        """Let a segmentation that was made for another volume receive masks of the chosen one."""
        self._volume.allow(segmentationNode)

    def setDefaultOptions(self, options: PredictOptions) -> None:
        """Predict segments this way that say nothing else, e.g. in a new scene."""
        self._options = options

    def setSegment(self, segmentationNode: Any, segmentId: str) -> None:
        """Choose the segment that prompts belong to; with None or an empty id there is none."""
        self.takeMarks()
        self.takeHandWork()
        self._targets.chooseNone()
        failure = ""
        self._targets.segmentationNode = segmentationNode
        if segmentationNode is not None and segmentId:
            try:
                target = self._targets.choose(segmentationNode, segmentId, self._options)
                failure = target.record.problem
            except SAMMoEError as error:
                failure = str(error)
        self.takeHandWork()
        self._sayChosen()
        if failure:
            self.failed.emit(failure)

    def addSegment(self, segmentationNode: Any, name: str = "") -> str:
        """Add an empty segment, choose it and return its id; unnamed, an expert may name it."""
        segmentId = self.writer(segmentationNode).addSegment(name)
        self.setSegment(segmentationNode, segmentId)
        return segmentId

    def nextSegment(self, segmentationNode: Any) -> str:
        """Choose the next empty segment, or add one; empty ones are never piled up."""
        segmentId = self._targets.nextEmptyId(segmentationNode)
        if segmentId is None:
            return self.addSegment(segmentationNode)
        if segmentId != self.segmentId:
            self.setSegment(segmentationNode, segmentId)
        return segmentId

    def addStructures(self, segmentationNode: Any, structures: Iterable[Structure]) -> None:
        """Add an empty segment for each structure that has none of its name yet: a worklist."""
        writer = self.writer(segmentationNode)
        known = writer.names()
        for structure in structures:
            if structure.name not in known:
                writer.addStructure(structure)

    def nameAs(self, structure: Structure) -> None:
        """Name, colour and code the chosen segment; the expert does not change that any more.

        Raises:
            PromptError: No segment is chosen.
        """
        structure.applyTo(self._targets.get().segment)
        self.stateChanged.emit()

    @property
    def segmentName(self) -> str:
        """Name of the chosen segment; empty where none is chosen."""
        segment = self._targets.chosen.segment if self._targets.chosen is not None else None
        return "" if segment is None else segment.GetName()

    @property
    def volume(self) -> Volume | None:
        """The chosen volume, or None where there is none that can be read."""
        return self._volume.read() if self._volume.isReadable else None

    @property
    def clickCount(self) -> int:
        """Number of clicks and curves the chosen segment is predicted with."""
        return len(self.prompts.toPromptSet())

    @property
    def isDecidedByBox(self) -> bool:
        """Whether the gate was asked when there was nothing but a box, before any click."""
        asked = self.prompts.toPromptSet()
        return asked.box_ras is not None and asked.mask is None and self.options.gate_click == 1

    @property
    def volumeMl(self) -> float | None:
        """Size of the chosen segment in millilitres; None where none is chosen."""
        return None if self._targets.chosen is None else self._targets.chosen.volumeMl

    def drawBox(self, roi: RoiPose) -> None:
        """Let a box that was just drawn in a slice be the chosen segment's, in any other's place.

        It becomes as deep as what lies in its middle.
        """
        if self._targets.chosen is None:
            return
        self._targets.chosen.markups.setRoi(roi)
        if self._volume.isReadable:
            fitDepth(self.promptNode(PromptRole.BOX), self._volume.read())

    def takeHandWork(self) -> None:
        """Make what was painted in the chosen segment a step of its history; later masks keep it.

        Called by itself before anything is written; call it when the user comes back from painting.
        """
        self._targets.followHardening()
        target = self._targets.chosen
        if target is not None and target.segment is not None and target.takeHandWork():
            self.stateChanged.emit()

    @property
    def segmentationNode(self) -> Any:
        """The segmentation that is worked on, or None; undo and redo go through its segments."""
        return self._targets.segmentationNode

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

    def beginCurve(self, *, isClosed: bool, isForeground: bool) -> Any:
        """Return an empty markups curve of the chosen segment, a scribble or a lasso, to draw in.

        Raises:
            PromptError: No segment is chosen.
        """
        label = FOREGROUND if isForeground else BACKGROUND
        return self._targets.get().markups.beginCurve(isClosed=isClosed, label=label)

    def endCurve(self, node: Any) -> None:
        """Let a curve that was drawn be a prompt: an action like a click."""
        if self._targets.chosen is not None:
            self._targets.chosen.markups.endCurve(node)

    def takeBackMarks(self) -> None:
        """Let the markups show what was taken as actions: what was half done is none."""
        target = self._targets.chosen
        if target is not None and target.segment is not None:
            target.show(target.history.current)

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

    def promptsOf(self, segmentationNode: Any, segmentId: str) -> PromptState:
        """Return what is marked for a segment; empty where it was never chosen."""
        target = self._targets.known(segmentationNode, segmentId)
        return PromptState() if target is None else target.history.current

    @property
    def record(self) -> Provenance | None:
        """How the chosen segment came about, or None where it is not ours."""
        return self._targets.chosen.record.read() if self._targets.chosen else None

    @property
    def options(self) -> PredictOptions:
        """How the chosen segment is predicted."""
        return self._targets.chosen.options if self._targets.chosen else self._options

    @property
    def contradictsHand(self) -> bool:
        """Say whether the last click asks for the opposite of what was painted or erased there."""
        return self._targets.chosen is not None and self._targets.chosen.contradictsHand

    @property
    def canUndo(self) -> bool:
        """Say whether there is an action to take back."""
        return self._targets.timeline.canUndo

    @property
    def canRedo(self) -> bool:
        """Say whether there is an undone action."""
        return self._targets.timeline.canRedo

    @property
    def canReset(self) -> bool:
        """Say whether there are prompts to remove."""
        return self.prompts != self.prompts.withoutPrompts()

    def takeMarks(self) -> None:
        """Make what was marked a moment ago, and nobody looked at yet, an action."""
        raise NotImplementedError

    def _sweep(self) -> None:
        """Let go of segments that somebody else deleted."""
        if self._targets.sweep():
            self._sayChosen()

    def _sayChosen(self) -> None:
        self.segmentChosen.emit()
        self.stateChanged.emit()

    def _guarded(self, step: Callable[[], object]) -> None:
        """Do something, and say what went wrong."""
        try:
            step()
        except SAMMoEError as error:
            self.failed.emit(str(error))
