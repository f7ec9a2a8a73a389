"""Positive point, negative point, box: one click or one key each."""

from collections.abc import Callable
from typing import Any

from ..Bridge import PromptRole
from ..Placing import Placing
from ..SegmentationSession import SegmentationSession
from ..Sentences import promptCount
from .Theme import FRAME, INSIDE, OUTSIDE, Theme


class PromptsSection:
    """Starts and ends placing; a button is down exactly while its markups are being placed.

    Args:
        ui: The panel's widgets.
        session: What the prompts are for.
        placing: Puts the mouse into placing and back.
        theme: The panel's colours.
        prepare: Makes everything ready for a prompt; says whether it is.
    """

    def __init__(
        self,
        ui: Any,
        session: SegmentationSession,
        placing: Placing,
        theme: Theme,
        *,
        prepare: Callable[[], bool],
    ) -> None:
        self._ui = ui
        self._session = session
        self._placing = placing
        self._theme = theme
        self._prepare = prepare
        self._buttons = {
            PromptRole.POSITIVE: ui.positiveButton,
            PromptRole.NEGATIVE: ui.negativeButton,
            PromptRole.BOX: ui.boxButton,
        }
        for role, button in self._buttons.items():
            button.connect("clicked(bool)", lambda on, role=role: self.place(role, on))
        placing.changed.connect(self.refresh)

    def toggle(self, role: PromptRole) -> None:
        """Start placing, or stop if this is what is being placed; for a key."""
        self.place(role, self._placing.role is not role)

    def place(self, role: PromptRole, on: bool) -> None:
        """Start or stop placing points of a role."""
        if on and self._prepare():
            self._placing.begin(role)
        else:
            self._placing.end()
        self.refresh()

    def stop(self) -> None:
        """Stop placing, if it is ours that is placed."""
        self._placing.end()

    def refreshIcons(self) -> None:
        """Let the button that is down be seen in any theme."""
        colors = {PromptRole.POSITIVE: INSIDE, PromptRole.NEGATIVE: OUTSIDE}
        for role, button in self._buttons.items():
            color = colors.get(role, FRAME)
            button.setStyleSheet(
                f"QToolButton:checked {{ border: 1px solid {color}; border-radius: 4px; "
                f"background: {self._theme.mixed(color, 0.28)}; }}"
            )
        self._ui.promptCountLabel.setStyleSheet(f"color: {self._theme.faint};")

    def refresh(self) -> None:
        """Bring buttons and the count up to date."""
        placed = self._placing.role
        hasVolume = self._session.hasVolume
        for role, button in self._buttons.items():
            button.checked = role is placed
            button.enabled = hasVolume
        self._ui.promptCountLabel.text = promptCount(self._session.prompts)
