"""Undo and redo of what the user marked, to any depth."""

from .Bridge.NodeMove import NodeMove
from .Bridge.PromptState import PromptState


class PromptHistory:
    """A line of states with a position on it; a new state cuts off what could be redone.

    Args:
        state: What is marked at the beginning. Its clicks and edits can be undone one by one, as
            if they had just been made: that is how the history of a reloaded scene comes back.
    """

    def __init__(self, state: PromptState | None = None) -> None:
        self._states = (state or PromptState()).steps()
        self._position = len(self._states) - 1

    @property
    def current(self) -> PromptState:
        """The state the user is at."""
        return self._states[self._position]

    @property
    def beginning(self) -> PromptState:
        """The state before the first action."""
        return self._states[0]

    @property
    def stepCount(self) -> int:
        """Number of actions that led to the current state."""
        return self._position

    @property
    def canUndo(self) -> bool:
        """Say whether there is an earlier state."""
        return self._position > 0

    @property
    def canRedo(self) -> bool:
        """Say whether something was undone."""
        return self._position < len(self._states) - 1

    def push(self, state: PromptState) -> None:
        """Add a user's action."""
        self._states[self._position + 1 :] = [state]
        self._position += 1

    def amend(self, *states: PromptState) -> None:
        """Let the last actions be others, the present one last; what could be redone stays."""
        end = self._position + 1
        self._states[end - len(states) : end] = states

    def follow(self, move: NodeMove) -> None:
        """Keep all voxels where they are, in other coordinates of the segmentation node."""
        self._states = [state.moved(move) for state in self._states]

    def undo(self) -> PromptState:
        """Go one action back and return the state there; at the beginning it stays."""
        self._position = max(self._position - 1, 0)
        return self.current

    def redo(self) -> PromptState:
        """Go one action forward and return the state there; at the end it stays."""
        self._position = min(self._position + 1, len(self._states) - 1)
        return self.current
