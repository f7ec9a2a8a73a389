"""The order of actions across all segments of a segmentation, with a position in it."""

from collections.abc import Callable
from typing import Protocol

from sammoe.errors import SAMMoEError

from .Bridge.NodeMove import NodeMove
from .Bridge.RemovedSegment import RemovedSegment
from .PromptedSegment import PromptedSegment


class Action(Protocol):
    """Something the user did to one segment.

    Attributes:
        target: The segment.
        isWritten: Undo and redo leave the segment as it is to be; otherwise it must be shown.
    """

    target: PromptedSegment
    isWritten: bool

    def undo(self) -> None:
        """Take it back."""

    def redo(self) -> None:
        """Do it again."""


class Step:
    """One step in a segment's own history."""

    isWritten = False

    def __init__(self, target: PromptedSegment) -> None:
        self.target = target

    def undo(self) -> None:
        """Go one step back."""
        self.target.history.undo()

    def redo(self) -> None:
        """Go one step forward."""
        self.target.history.redo()


class Removal:
    """A segment is deleted when this is made; undo brings it back with its prompts.

    Args:
        target: The segment.
        write: Does what changes voxels; other segments' are no hand work of the user's then.
    """

    isWritten = True

    def __init__(
        self, target: PromptedSegment, write: Callable[[Callable[[], None]], None]
    ) -> None:
        self.target = target
        self._write = write
        self.redo()

    def undo(self) -> None:
        """Put segment and markups back."""
        self._write(self._removed.putBack)
        self.target.acceptVoxels()
        self.target.show(self.target.history.current)

    def redo(self) -> None:
        """Delete segment and markups."""
        self._write(self._remove)
        self.target.markups.remove()

    def follow(self, move: NodeMove) -> None:
        """Keep what was deleted where it was, in other coordinates of the segmentation node."""
        self._removed.follow(move)

    def _remove(self) -> None:
        self._removed = RemovedSegment(self.target.writer, self.target.segmentId)


class Timeline:
    """Undo and redo to any depth; a new action cuts off what could be redone."""

    def __init__(self) -> None:
        self._actions: list[Action] = []
        self._position = 0

    def add(self, action: Action) -> None:
        """Add what was just done."""
        self._actions[self._position :] = [action]
        self._position += 1

    def addEarlier(self, target: PromptedSegment) -> None:
        """Let the steps that led to a loaded segment lie before everything done here."""
        count = target.history.stepCount
        self._actions[:0] = [Step(target) for _ in range(count)]
        self._position += count

    @property
    def canUndo(self) -> bool:
        """Say whether there is an action to take back."""
        return self._position > 0

    @property
    def canRedo(self) -> bool:
        """Say whether there is an undone action."""
        return self._position < len(self._actions)

    @property
    def neighbours(self) -> list[PromptedSegment]:
        """Return the segments that the next undo and the next redo would change."""
        near = self._actions[max(self._position - 1, 0) : self._position + 1]
        return [action.target for action in near if action.target.segment is not None]

    def undo(self) -> Action:
        """Take the last action back and return it.

        Raises:
            SAMMoEError: It cannot be taken back now; it is still the last one.
        """
        self._position -= 1
        action = self._actions[self._position]
        try:
            action.undo()
        except SAMMoEError:
            self._position += 1
            raise
        return action

    def redo(self) -> Action:
        """Do the undone action again and return it."""
        action = self._actions[self._position]
        self._position += 1
        action.redo()
        return action

    def follow(self, move: NodeMove) -> None:
        """Keep what was deleted where it was, in other coordinates of the segmentation node."""
        for action in self._actions:
            if isinstance(action, Removal):
                action.follow(move)

    @property
    def targets(self) -> set[PromptedSegment]:
        """All segments something was done to, also those that are deleted."""
        return {action.target for action in self._actions}

    def removed(self, target: PromptedSegment) -> bool:
        """Say whether a segment was deleted here, and not brought back since."""
        mine = [a for a in self._actions[: self._position] if a.target is target]
        return bool(mine) and isinstance(mine[-1], Removal)

    def forget(self, target: PromptedSegment) -> None:
        """Drop what was done to a segment, e.g. because somebody else deleted it."""
        before = self._actions[: self._position]
        kept = [action for action in before if action.target is not target]
        later = [a for a in self._actions[self._position :] if a.target is not target]
        self._actions, self._position = kept + later, len(kept)
