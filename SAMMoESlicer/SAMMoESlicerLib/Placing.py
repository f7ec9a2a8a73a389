"""The mouse in place mode: clicks go to the chosen segment's markups, whichever that is now."""

from typing import Any

from .Bridge import PromptRole
from .Bridge.BoxDraft import BoxDraft
from .Bridge.PlaceMode import PlaceMode
from .SegmentationSession import SegmentationSession
from .Signal import Signal


class Placing:
    """Keeps place mode on the chosen segment: another one is chosen, and placing goes on there.

    It ends with the last segment, and whenever the user ends it or places something else.

    Signals:
        changed(): Another role is placed, or none.

    Args:
        session: What the prompts are for.
        placeMode: Slicer's mouse mode.
        scene: The MRML scene.
    """

    def __init__(self, session: SegmentationSession, placeMode: PlaceMode, scene: Any) -> None:
        self.changed = Signal()
        self._session = session
        self._placeMode = placeMode
        self._role: PromptRole | None = None
        self._draft = BoxDraft(scene)
        placeMode.changed.connect(self._onPlaceMode)
        session.segmentChosen.connect(self._follow)

    @property
    def role(self) -> PromptRole | None:
        """What is placed for the chosen segment, or None."""
        return self._role

    def begin(self, role: PromptRole) -> None:
        """Let clicks in the views place prompts of a role, until `end`; a box is placed once.

        A box that is whole takes the place of the segment's earlier one.

        Raises:
            PromptError: No segment is chosen.
        """
        node = self._session.promptNode(role)
        self._role = None  # that an unfinished box goes is no news
        self._draft.drop()
        if role is PromptRole.BOX:
            node = self._draft.begin()
        self._role = role
        self._placeMode.begin(node, persistent=role is not PromptRole.BOX)
        self.changed.emit()

    def end(self) -> None:
        """Let the mouse move and adjust views again, if it is ours what is placed."""
        if self._role is not None:
            self._role = None
            self._draft.drop()
            self._placeMode.end()
            self.changed.emit()

    def _follow(self) -> None:
        """Go on with the segment that is chosen now."""
        if self._role is None:
            return
        if self._session.segmentId is None:
            self.end()
        else:
            self.begin(self._role)

    def _onPlaceMode(self) -> None:
        """Notice that the user ended it in the toolbar, or places something else."""
        if self._role is None or self._isPlacingOurs(self._role):
            return
        self._role = None
        drawn = self._draft.take()  # Slicer ends a box with its second corner
        if drawn is not None:
            self._session.drawBox(drawn)
        self.changed.emit()

    def _isPlacingOurs(self, role: PromptRole) -> bool:
        node, isBox = self._placeMode.node, role is PromptRole.BOX
        ours = self._draft.node if isBox else self._session.existingPromptNode(role)
        return node is not None and node is ours
