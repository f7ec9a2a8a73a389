"""The mouse in place mode: clicks go to the chosen segment's markups, whichever that is now."""

from .Bridge import PromptRole
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
    """

    def __init__(self, session: SegmentationSession, placeMode: PlaceMode) -> None:
        self.changed = Signal()
        self._session = session
        self._placeMode = placeMode
        self._role: PromptRole | None = None
        placeMode.changed.connect(self._onPlaceMode)
        session.segmentChosen.connect(self._follow)

    @property
    def role(self) -> PromptRole | None:
        """What is placed for the chosen segment, or None."""
        return self._role

    def begin(self, role: PromptRole) -> None:
        """Let clicks in the views place prompts of a role, until `end`; a box is placed once.

        Raises:
            PromptError: No segment is chosen.
        """
        node = self._session.promptNode(role)
        self._role = role
        self._placeMode.begin(node, persistent=role is not PromptRole.BOX)
        self.changed.emit()

    def end(self) -> None:
        """Let the mouse move and adjust views again, if it is ours what is placed."""
        if self._role is not None:
            self._role = None
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
        node = self._placeMode.node
        if self._role is None or (
            node is not None and node is self._session.existingPromptNode(self._role)
        ):
            return
        role, self._role = self._role, None
        if role is PromptRole.BOX:  # Slicer ends it with the second corner
            self._session.fitBoxDepth()
        self.changed.emit()
