"""Placing points and boxes with the mouse, and the list of what was placed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sammoe.prompts import FOREGROUND
from SAMMoESlicerLib.Bridge import PromptReader, PromptRole
from SAMMoESlicerLib.Bridge.PlaceMode import PlaceMode, jumpSlices
from SAMMoESlicerLib.Placing import Placing
from SAMMoESlicerLib.SegmentationSession import SegmentationSession
from SAMMoESlicerLib.ViewMouse import ViewMouse

from .views import Views

_LISTS = (PromptRole.POSITIVE, PromptRole.NEGATIVE, PromptRole.POINTS)


@dataclass(frozen=True)
class ListedPoint:
    """A point of the chosen segment, as the page lists it.

    Attributes:
        number: Its place in the order of clicks.
        is_inside: Whether it says 'object'.
        position_ras: World RAS mm.
    """

    number: int
    is_inside: bool
    position_ras: tuple[float, float, float]


class Prompting:
    """Slicer's place mode for the chosen segment, and its points.

    Attributes:
        placing: What the next click in a view places.
        mouse: In the views.

    Args:
        scene: The MRML scene.
        session: What the prompts are for.
        views: Where points are placed.
        prepare: Makes everything ready for a prompt; says whether it is.
    """

    def __init__(
        self,
        scene: Any,
        session: SegmentationSession,
        *,
        views: Views,
        prepare: Callable[[], bool],
    ) -> None:
        self._scene = scene
        self._session = session
        self._prepare = prepare
        place_mode = PlaceMode(scene)
        self.placing = Placing(session, place_mode, scene)
        self.mouse = ViewMouse(
            session,
            self.placing,
            place_mode,
            scene,
            views=views.interactors,
            sliceViews=views.slice_interactors,
        )
        self.mouse.watch()
        self._shown: tuple[str | None, int] = (None, 0)
        session.stateChanged.connect(self._follow)

    def toggle(self, role: PromptRole) -> None:
        """Start placing, or stop if this is what is being placed."""
        if self.placing.role is role or not self._prepare():
            self.placing.end()
        else:
            self.placing.begin(role)

    def points(self) -> list[ListedPoint]:
        """Return the chosen segment's points in the order of clicks."""
        return [
            ListedPoint(click.number, click.label == FOREGROUND, click.positionRas)
            for click in self._session.prompts.clicks
        ]

    def remove_point(self, number: int, click: int = 1) -> None:
        """Delete a point; the segment is predicted without it.

        Args:
            number: Of the point.
            click: 2 for the second of a double click, under which the next point's row is by now.
        """
        for placed in self._placed_clicks():
            if placed.click.number == number and click < 2:
                placed.node.RemoveNthControlPoint(placed.index)
                return

    def jump_to_point(self, number: int) -> None:
        """Let the slices go through a point."""
        for click in self._session.prompts.clicks:
            if click.number == number:
                jumpSlices(self._scene, click.positionRas)

    def _follow(self) -> None:
        """Let all slices go through a click that is new, or that a chosen segment ends with."""
        clicks = self._session.prompts.clicks
        now = self._session.segmentId, len(clicks)
        if clicks and (now[0] != self._shown[0] or now[1] > self._shown[1]):
            jumpSlices(self._scene, clicks[-1].positionRas)
        self._shown = now

    def _placed_clicks(self) -> list[Any]:
        nodes = ((self._session.existingPromptNode(role), role.listLabel) for role in _LISTS)
        return PromptReader((n, label) for n, label in nodes if n is not None).readPoints()
