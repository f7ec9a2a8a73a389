"""Keys that work while the module is shown, and only then."""

from collections.abc import Callable
from typing import Any

import qt

REPEATING = ("Ctrl+Z", "Ctrl+Y", "Ctrl+Shift+Z")
"""Keys that act again and again while they are held; any other acts once."""


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
            shortcut.autoRepeat = keys in REPEATING
            shortcut.connect("activated()", action)
            self._shortcuts.append(shortcut)

    def remove(self) -> None:
        """Give the keys back."""
        for shortcut in self._shortcuts:
            shortcut.setParent(None)
            shortcut.deleteLater()
        self._shortcuts.clear()
