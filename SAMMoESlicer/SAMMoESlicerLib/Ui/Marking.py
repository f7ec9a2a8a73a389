"""What the mouse does in the views: place points and boxes, draw lines, and go on zooming."""

from collections.abc import Callable
from typing import Any

from ..Bridge import PromptRole
from ..Bridge.PlaceMode import PlaceMode
from ..LookAhead import LookAhead
from ..Placing import Placing
from ..SegmentationSession import SegmentationSession
from ..ViewMouse import ViewMouse
from .DrawingSection import DrawingSection
from .PromptsSection import PromptsSection
from .Theme import Theme
from .viewInteractors import sliceViews, viewInteractors


class Marking:
    """The buttons and keys for prompts; one thing at a time is marked.

    Attributes:
        lookAhead: Looks where the mouse rests while points are placed.
        mouse: In the views.

    Args:
        ui: The panel's widgets.
        session: What the prompts are for.
        scene: The MRML scene.
        theme: The panel's colours.
        prepare: Makes everything ready for a prompt; says whether it is.
    """

    def __init__(
        self,
        ui: Any,
        session: SegmentationSession,
        scene: Any,
        theme: Theme,
        *,
        prepare: Callable[[], bool],
    ) -> None:
        self._session = session
        self._placeMode = PlaceMode(scene)
        self._placing = Placing(session, self._placeMode, scene)
        self.mouse = ViewMouse(
            session,
            self._placing,
            self._placeMode,
            scene,
            views=viewInteractors,
            sliceViews=sliceViews,
        )
        self._prepare = prepare
        self._prompts = PromptsSection(ui, session, self._placing, theme, prepare=self._begin)
        self._drawing = DrawingSection(ui, session, self._placing, prepare=self._begin)
        self.lookAhead = LookAhead(session, self._placing, views=sliceViews)
        self.refreshIcons = self._prompts.refreshIcons

    def keys(self) -> dict[str, Callable[[], object]]:
        """Return what each key does."""
        return {
            "1": lambda: self._prompts.toggle(PromptRole.POSITIVE),
            "2": lambda: self._prompts.toggle(PromptRole.NEGATIVE),
            "3": lambda: self._prompts.toggle(PromptRole.BOX),
            "4": lambda: self._drawing.toggle(False),
            "5": lambda: self._drawing.toggle(True),
            "Esc": self.stop,
        }

    def click(self, point_ras: Any) -> None:
        """Make a click of the role that is placed, otherwise one inside the object."""
        if self._session.segmentId is not None:
            isOutside = self._placing.role is PromptRole.NEGATIVE
            role = PromptRole.NEGATIVE if isOutside else PromptRole.POSITIVE
            self._session.promptNode(role).AddControlPointWorld(*map(float, point_ras))

    def refresh(self) -> None:
        """Bring the buttons up to date."""
        self._prompts.refresh()
        self._drawing.refresh()

    def _begin(self) -> bool:
        self.mouse.watch()  # a new layout may have brought views
        return self._prepare()

    def stop(self) -> None:
        """Let the mouse move and adjust views again; what it has begun is given up."""
        self.mouse.giveUp()
        self._prompts.stop()
        self._drawing.stop()

    def close(self) -> None:
        """Let go of views and scene."""
        self.stop()
        self.mouse.close()
        self.lookAhead.close()
        self._placeMode.close()
