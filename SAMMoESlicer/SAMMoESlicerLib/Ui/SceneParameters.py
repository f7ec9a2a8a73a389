"""What the scene's parameter node says, brought to the session; and defaults for a new scene."""

from typing import Any

from ..BundleChoice import BundleChoice
from ..OptionDefaults import OptionDefaults
from ..SegmentationSession import SegmentationSession
from ..WorkerSettings import Store
from .Marking import Marking
from .SegmentsSection import SegmentsSection
from .ThresholdControl import ThresholdControl
from .WritingSection import WritingSection


class SceneParameters:
    """Follows one parameter node at a time; none while the scene closes.

    Args:
        session: What does the work.
        choice: The model in use, to which the user's defaults belong.
        store: Keeps the defaults.
        segments: Shows the segmentation.
        marking: Stops where masks may not go on without a question.
        threshold: Shows threshold and following.
    """

    def __init__(
        self,
        session: SegmentationSession,
        choice: BundleChoice,
        store: Store,
        *,
        segments: SegmentsSection,
        marking: Marking,
        threshold: ThresholdControl,
    ) -> None:
        self._session = session
        self._choice = choice
        self._segments = segments
        self._marking = marking
        self._threshold = threshold
        self._writing = WritingSection(session)
        self._defaults = OptionDefaults(store)
        self._node: Any = None
        self._volumeNode: Any = None
        choice.changed.connect(self._useDefaults)
        session.optionsChosen.connect(lambda options: self._defaults.keep(self._modelName, options))

    def follow(self, node: Any) -> None:
        """Follow a parameter node, or none."""
        self._node = node
        self._useDefaults()
        self.apply()

    def _useDefaults(self) -> None:
        """Begin a new scene as the user likes it for this model; what a scene holds wins."""
        if self._node is not None and self._node.segmentation is None:
            card = self._choice.card()
            expertIds = None if card is None else card.expert_ids
            options = self._defaults.of(self._modelName, expertIds=expertIds)
            self._session.setDefaultOptions(options)
            self._threshold.showOptions(self._node)

    def apply(self) -> None:
        """Do what the parameter node says."""
        node = self._node
        if node is None:
            self._volumeNode = None
            self._session.setVolumeNode(None)
            self._segments.setSegmentationNode(None, "")
            return
        if node.inputVolume is not self._volumeNode:
            self._volumeNode = node.inputVolume
            self._session.setVolumeNode(self._volumeNode)
        self._segments.setSegmentationNode(node.segmentation, node.segmentId)
        if self._session.otherVolumeNode(node.segmentation) is not None:
            self._marking.stop()  # before the next click somebody must say where masks may go
        self._writing.apply(node.segmentation, overwrite=node.overwrite)
        self._threshold.apply(
            isAuto=node.autoThreshold, threshold=node.threshold, follow=node.follow
        )

    def setSegment(self, segmentId: str) -> None:
        """Say in the scene which segment is chosen, and show how it was predicted."""
        if self._node is not None:
            self._node.segmentId = segmentId
            self._threshold.showOptions(self._node)

    @property
    def _modelName(self) -> str:
        card = self._choice.card()
        return card.name if card is not None else self._choice.settings.bundle
