"""The segments of the scene: which there are, how large, and which one is worked on."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import slicer
from vtk.util.numpy_support import vtk_to_numpy

from SAMMoESlicerLib.Bridge import PromptMarkups, PromptState
from SAMMoESlicerLib.Bridge.SegmentStyle import isUnnamed, markAsUnnamed
from SAMMoESlicerLib.HexColor import hexColor
from SAMMoESlicerLib.SegmentationSession import SegmentationSession

COLORS = (
    (0.80, 0.47, 0.65),
    (0.00, 0.62, 0.45),
    (0.55, 0.45, 0.90),
    (0.84, 0.37, 0.30),
    (0.60, 0.75, 0.25),
    (0.00, 0.45, 0.70),
)
"""Of segments that no expert has coloured; colour-blind people tell them apart."""


@dataclass(frozen=True)
class ListedSegment:
    """A segment as the page lists it.

    Attributes:
        id: The segment's.
        name: The expert's or the user's.
        color: `#rrggbb`.
        volume_ml: Millilitres.
        is_visible: Whether the views show it.
        is_chosen: Whether the prompts belong to it.
    """

    id: str
    name: str
    color: str
    volume_ml: float
    is_visible: bool
    is_chosen: bool


@dataclass(frozen=True)
class SegmentContent:
    """What of a segment would be missed; equal while nothing of it was changed.

    Attributes:
        id: The segment's.
        name: The expert's or the user's.
        voxels_time: When its voxels were written last, on VTK's clock.
        prompts: What is marked for it.
    """

    id: str
    name: str
    voxels_time: int
    prompts: PromptState


class Worklist:
    """One segmentation with its segments.

    Args:
        scene: The MRML scene.
        session: What predicts.
    """

    def __init__(self, scene: Any, session: SegmentationSession) -> None:
        self._scene = scene
        self._session = session
        self._node: Any = None
        self._volumes_ml: dict[str, tuple[int, float]] = {}

    @property
    def node(self) -> Any:
        """The segmentation, made when it is needed first."""
        if self._node is None or self._node.GetScene() is None:
            self._node = self._scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "Segmentation")
            self._node.CreateDefaultDisplayNodes()
        return self._node

    @property
    def has_segments(self) -> bool:
        """Say whether there is anything to save."""
        return self._node is not None and self._segmentation.GetNumberOfSegments() > 0

    def has(self, segment_id: str) -> bool:
        """Say whether there is such a segment, or still is."""
        return self.has_segments and self._segmentation.GetSegment(segment_id) is not None

    def segments(self) -> list[ListedSegment]:
        """Return the segments in their order."""
        if not self.has_segments:
            return []
        display = self._node.GetDisplayNode()
        return [
            ListedSegment(
                id=id,
                name=(segment := self._segmentation.GetSegment(id)).GetName(),
                color=hexColor(segment.GetColor()),
                volume_ml=self._volume_ml(id, segment),
                is_visible=bool(display.GetSegmentVisibility(id)),
                is_chosen=id == self._session.segmentId,
            )
            for id in self._segmentation.GetSegmentIDs()
        ]

    def content(self) -> tuple[SegmentContent, ...]:
        """Return what there is to lose: segments that have voxels, prompts or a name."""
        found = []
        for listed in self.segments():
            segment = self._segmentation.GetSegment(listed.id)
            prompts = self._session.promptsOf(self._node, listed.id)
            if listed.volume_ml or not prompts.isUntouched or not isUnnamed(segment):
                time = _voxels_time(segment)
                found.append(SegmentContent(listed.id, listed.name, time, prompts))
        return tuple(found)

    def ensure_chosen(self) -> None:
        """Make a segment to prompt for unless one is chosen."""
        if self._session.segmentId is None:
            self.add()

    def add(self) -> None:
        """Choose an empty segment; the expert that draws it names and colours it."""
        segmentation = self.node.GetSegmentation()
        count = segmentation.GetNumberOfSegments()
        segment = segmentation.GetSegment(self._session.nextSegment(self.node))
        if segmentation.GetNumberOfSegments() > count:
            segment.SetColor(*COLORS[count % len(COLORS)])
            markAsUnnamed(segment)

    def choose(self, segment_id: str) -> None:
        """Let the prompts belong to this segment."""
        self._session.setSegment(self.node, segment_id)

    def rename(self, segment_id: str, name: str) -> None:
        """Give a segment a name of the user's; an empty one changes nothing."""
        if name.strip():
            self._segmentation.GetSegment(segment_id).SetName(name.strip())

    def show(self, segment_id: str, on: bool) -> None:
        """Show or hide a segment in the views."""
        self._node.GetDisplayNode().SetSegmentVisibility(segment_id, on)

    def draw_surfaces(self) -> None:
        """Let the 3-D view show the segments; what is written later keeps its surface."""
        self._node.CreateClosedSurfaceRepresentation()

    def remove(self, segment_id: str) -> None:
        """Delete a segment with its points; undo brings it back."""
        self._session.setSegment(self._node, segment_id)
        self._session.removeSegment()

    def discard(self, segment_id: str) -> None:
        """Delete a segment with its points for good."""
        if self._session.segmentId == segment_id:
            self._session.setSegment(None, "")
        for node in PromptMarkups(self._scene, self._node, segment_id).nodes():
            self._scene.RemoveNode(node)
        self._segmentation.RemoveSegment(segment_id)

    def forget(self) -> None:
        """Delete the segmentation with everything in it."""
        if self._node is not None:
            for id in list(self._segmentation.GetSegmentIDs()):
                self.discard(id)
            self._scene.RemoveNode(self._node)
        self._node = None
        self._volumes_ml.clear()

    @property
    def _segmentation(self) -> Any:
        return self._node.GetSegmentation()

    def _volume_ml(self, segment_id: str, segment: Any) -> float:
        """Count a segment's voxels, anew only where its labelmap has changed."""
        image = _labelmap(segment)
        if image is None:
            return 0.0
        known = self._volumes_ml.get(segment_id)
        if known is None or known[0] != image.GetMTime():
            voxels = vtk_to_numpy(image.GetPointData().GetScalars())
            count = np.count_nonzero(voxels == segment.GetLabelValue())
            volume_ml = count * float(np.prod(image.GetSpacing())) / 1000
            known = self._volumes_ml[segment_id] = image.GetMTime(), volume_ml
        return known[1]


def _labelmap(segment: Any) -> Any:
    """Return the image that holds a segment's voxels, or None where there are none."""
    name = slicer.vtkSegmentationConverter.GetSegmentationBinaryLabelmapRepresentationName()
    image = segment.GetRepresentation(name)
    return image if image is not None and image.GetPointData().GetScalars() is not None else None


def _voxels_time(segment: Any) -> int:
    image = _labelmap(segment)
    return 0 if image is None else image.GetMTime()
