"""Keys that work while the module is shown, and only then."""

from collections.abc import Callable
from typing import Any

import qt


class Shortcuts:
    """Created in `enter`, dropped in `exit`, so that no other module loses a key.

    Args:
        parent: The window in which the keys are heard.
        actions: What each key does, e.g. {"Ctrl+Z": undo}.
    """

    def __init__(self, parent: Any, actions: dict[str, Callable[[], object]]) -> None:
        self._parent = parent
        self._actions = actions
        self._shortcuts: list[Any] = []

    @property
    def isInstalled(self) -> bool:
        """Say whether the keys are heard now."""
        return bool(self._shortcuts)

    def install(self) -> None:
        """Let the keys be heard; a second call changes nothing."""
        if self._shortcuts:
            return
        for keys, action in self._actions.items():
            shortcut = qt.QShortcut(self._parent)
            shortcut.setKey(qt.QKeySequence(keys))
            shortcut.connect("activated()", action)
            self._shortcuts.append(shortcut)

    def remove(self) -> None:
        """Give the keys back."""
        for shortcut in self._shortcuts:
            shortcut.setParent(None)
            shortcut.deleteLater()
        self._shortcuts.clear()
