"""Which volume the user works on, and which segmentations may receive its masks."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from sammoe import Volume
from sammoe.errors import PromptError, SAMMoEError

from .Bridge import Click, Curve, PromptState, VolumeReader
from .Bridge.ReferenceVolume import referenceVolumeOf

GREY_VOLUME = "vtkMRMLScalarVolumeNode"


class ChosenVolume:
    """Reads the chosen volume node, and knows for which volume a segmentation was made.

    Args:
        scene: The scene of the volumes.
    """

    def __init__(self, scene: Any) -> None:
        self._scene = scene
        self._reader: VolumeReader | None = None
        self._readers: dict[str, VolumeReader] = {}
        self._allowed: set[tuple[str, str]] = set()

    @property
    def node(self) -> Any:
        """The volume node, or None where none is chosen."""
        return self._reader.volumeNode if self._reader is not None else None

    @property
    def nodeId(self) -> str:
        """The volume node's id, or an empty one where none is chosen."""
        return "" if self.node is None else str(self.node.GetID() or "")

    def choose(self, volumeNode: Any) -> None:
        """Choose a volume; None: none. Voxels of volumes that were deleted are let go."""
        readers = self._readers.items()
        self._readers = {id: r for id, r in readers if r.volumeNode.GetScene() is not None}
        if self.node is not volumeNode:
            self._reader = None if volumeNode is None else self._readerOf(volumeNode)

    def read(self) -> Volume:
        """Return the voxels and their place in the world.

        Raises:
            PromptError: No volume is chosen, or it was removed.
            GeometryError: It cannot be read.
        """
        return self._readable().read()

    def _readable(self) -> VolumeReader:
        if self._reader is None or self._reader.volumeNode.GetScene() is None:
            raise PromptError("no volume is chosen; choose the volume to segment")
        self._reader.read()
        return self._reader

    @property
    def isReadable(self) -> bool:
        """Say whether there is a volume that can be read."""
        return self._reader is not None and _isReadable(self._reader)

    def readerFor(self, state: PromptState, segmentationNode: Any) -> VolumeReader:
        """Return what reads the volume that prompts mean: the one they were marked on.

        Undo goes to steps that were made before another volume was chosen. The chosen volume
        stands for one that is not known, gone, or cannot be read.

        Raises:
            PromptError: No volume is chosen, or its masks may not go into this segmentation.
            GeometryError: It cannot be read.
        """
        node = self._scene.GetNodeByID(state.volumeId) if state.volumeId else None
        if node is not None and node is not self.node:
            reader = self._readerOf(node)
            if _isReadable(reader):
                return reader
        reader = self._readable()
        self.checkAllowed(segmentationNode)
        return reader

    def inside(self, marked: PromptState, *, before: PromptState) -> PromptState:
        """Return what is marked without new points outside; moved ones are where they were.

        What was there before is left alone: it may have been marked on another volume.

        Without a volume that can be read nothing is outside.
        """
        if not self.isReadable:
            return marked
        volume = self.read()
        earlier = {click.number: click for click in before.clicks}
        curves = [c if c in before.curves else _cut(volume, c) for c in marked.curves]
        clicks = [
            click if _holds(volume, click) else earlier.get(click.number) for click in marked.clicks
        ]
        return replace(
            marked,
            clicks=tuple(click for click in clicks if click is not None),
            curves=tuple(curve for curve in curves if curve is not None),
        )

    def withoutRepeats(self, marked: PromptState, *, before: PromptState) -> PromptState:
        """Return what is marked without new clicks at the place clicked just before: double clicks.

        After a stroke, or after painting, the same place means something new.
        """
        if not self.isReadable:
            return marked
        volume, kept = self.read(), list[Click]()
        others = {curve.number for curve in marked.curves} | {edit.number for edit in before.edits}
        for click in marked.clicks:
            last = kept[-1] if kept else click
            isLast = others.isdisjoint(range(last.number, click.number))
            isNew = click.number >= before.nextNumber
            if last is click or not (isNew and isLast and _isSame(volume, click, last)):
                kept.append(click)
        return replace(marked, clicks=tuple(kept))

    def otherThan(self, segmentationNode: Any) -> Any:
        """Return the other volume a segmentation was made for; None where masks may go there."""
        made = referenceVolumeOf(segmentationNode)
        if made is None or self.node is None or made is self.node:
            return None
        return None if self._key(segmentationNode) in self._allowed else made

    def allow(self, segmentationNode: Any) -> None:
        """Let a segmentation receive masks of the chosen volume, whatever it was made for."""
        if self.node is not None:
            self._allowed.add(self._key(segmentationNode))

    def checkAllowed(self, segmentationNode: Any) -> None:
        """Make sure that masks of the chosen volume may go into a segmentation.

        Raises:
            PromptError: It was made for another volume, and nobody allowed it.
        """
        if self.otherThan(segmentationNode) is not None:
            raise PromptError(
                "this segmentation was made for another volume; choose that volume, another "
                "segmentation, or allow both in one"
            )

    def forget(self) -> None:
        """Let go of every node, when the scene closes."""
        self._reader = None
        self._readers.clear()
        self._allowed.clear()

    def _readerOf(self, volumeNode: Any) -> VolumeReader:
        """Return a node's reader, which is kept: the same `Volume` is not handed over twice."""
        known = self._readers.get(volumeNode.GetID())
        if known is None or known.volumeNode is not volumeNode:
            known = self._readers[volumeNode.GetID()] = VolumeReader(volumeNode)
        return known

    def _key(self, segmentationNode: Any) -> tuple[str, str]:
        return segmentationNode.GetID(), self.node.GetID()


def _isReadable(reader: VolumeReader) -> bool:
    """Say whether a reader's volume is there, and is one grey value a voxel on a regular grid."""
    try:
        reader.read()
    except SAMMoEError:
        return False
    return reader.volumeNode.GetScene() is not None


def firstGreyVolume(scene: Any) -> Any:
    """Return the first volume a user can see and segment: no label map, no colours; or None."""
    nodes = scene.GetNodesByClass(GREY_VOLUME)
    for index in range(nodes.GetNumberOfItems()):
        node = nodes.GetItemAsObject(index)
        if node.GetClassName() == GREY_VOLUME and not node.GetHideFromEditors():
            return node
    return None


def _cut(volume: Volume, curve: Curve) -> Curve | None:
    """Return a curve without its points outside the volume; None where none is left."""
    points = tuple(point for point in curve.pointsRas if _isInside(volume, point))
    if len(points) == len(curve.pointsRas):
        return curve
    return replace(curve, pointsRas=points) if points else None


def _holds(volume: Volume, click: Click) -> bool:
    """Say whether the click lies in one of the volume's voxels."""
    return _isInside(volume, click.positionRas)


def _isSame(volume: Volume, click: Click, other: Click) -> bool:
    """Say whether two clicks say the same less than half a voxel apart."""
    here, there = volume.points_ijk([click.positionRas, other.positionRas])
    return click.label == other.label and bool(np.abs(here - there).max() < 0.5)


def _isInside(volume: Volume, point_ras: Sequence[float]) -> bool:
    point_ijk = volume.points_ijk([point_ras])[0]
    return bool(((point_ijk >= -0.5) & (point_ijk <= volume.shape_ijk - 0.5)).all())
