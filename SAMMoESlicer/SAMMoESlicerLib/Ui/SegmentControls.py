"""Which segment is worked on, what it is called, and what can be done with it."""

from collections.abc import Callable
from typing import Any

from ..SegmentationSession import SegmentationSession
from ..StructureSources import StructureSources
from .Messages import Messages
from .SegmentMenu import SegmentMenu
from .SegmentsSection import SegmentsSection
from .StructureField import StructureField


class SegmentControls:
    """Keeps table, name field and menu on the same segment.

    Attributes:
        section: Chooses and makes segments.

    Args:
        ui: The panel's widgets.
        session: Whose segments they are.
        sources: Names, colours and codes of structures.
        messages: Says what went wrong.
        onChosen: Called with the id of the segment that is chosen.
    """

    def __init__(
        self,
        ui: Any,
        session: SegmentationSession,
        sources: StructureSources,
        messages: Messages,
        *,
        onChosen: Callable[[str], None],
    ) -> None:
        self.section = SegmentsSection(
            ui, session, onChosen=onChosen, onFailed=messages.showFailure
        )
        self._field = StructureField(ui, session, self.section, sources, onFailed=messages.warn)
        self._menu = SegmentMenu(
            ui, session, self.section, onFailed=messages.warn, onDone=messages.note
        )

    def keys(self) -> dict[str, Callable[[], None]]:
        """Return what each key does."""
        return {
            "N": self.section.nextSegment,
            "M": self._menu.toggle,
            "J": self._menu.jump,
            "F2": self._field.focus,
        }

    def refresh(self) -> None:
        """Bring every widget up to date."""
        self.section.refresh()
        self._menu.refresh()
