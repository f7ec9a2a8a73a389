"""What mouse and fingers do in the views, and how the user gives up what they have begun."""

from collections.abc import Callable, Iterable
from typing import Any

from .Bridge import PromptRole
from .Bridge.BoxByDrag import BoxByDrag
from .Bridge.LeftButton import LeftButton
from .Bridge.NavigationWhilePlacing import NavigationWhilePlacing
from .Bridge.PlaceMode import PlaceMode
from .Bridge.PointByDrag import PointByDrag
from .Placing import Placing
from .SegmentationSession import SegmentationSession


class ViewMouse:
    """Watches the views: their navigation, boxes and points by drag only while something is placed.

    Args:
        session: Takes back what is marked.
        placing: Says what is placed.
        placeMode: Slicer's mouse mode.
        scene: The MRML scene.
        views: Returns the interactors of all views.
        sliceViews: Returns pairs of interactor and slice node of all slice views.
    """

    def __init__(
        self,
        session: SegmentationSession,
        placing: Placing,
        placeMode: PlaceMode,
        scene: Any,
        *,
        views: Callable[[], Iterable[Any]],
        sliceViews: Callable[[], Iterable[tuple[Any, Any]]],
    ) -> None:
        self._session = session
        self._placing = placing
        self._views = views
        self._sliceViews = sliceViews
        self._leftButton = LeftButton(placeMode)
        self._navigation = NavigationWhilePlacing(placeMode)
        self._pointByDrag = PointByDrag(placeMode, self._leftButton, scene)
        self._boxByDrag = BoxByDrag(placeMode, self._leftButton)
        self._leftButton.pressed.connect(session.takeMarks)  # the last click's, not to lose it
        self._leftButton.givenUp.connect(self._onGivenUp)
        placing.changed.connect(self._onPlacing)

    @property
    def isHeld(self) -> bool:
        """Say whether the left button is down in a view: what it drags is nowhere yet."""
        return self._leftButton.isHeld

    def watch(self) -> None:
        """Watch the views that there are now."""
        self._leftButton.watch(self._views())

    def giveUp(self) -> None:
        """Take back what the left button has begun and not ended: a point, line, box or move."""
        self._leftButton.giveUp()

    def close(self) -> None:
        """Watch no view any more."""
        self._leftButton.close()
        self._stopPlacing()

    def _onPlacing(self) -> None:
        self.watch()
        if self._placing.role is None:
            self._stopPlacing()
        else:
            self._navigation.watch(self._views())
            self._pointByDrag.watch(self._views())
            self._boxByDrag.watch(interactor for interactor, _node in self._sliceViews())

    def _stopPlacing(self) -> None:
        self._navigation.close()
        self._pointByDrag.close()
        self._boxByDrag.close()

    def _onGivenUp(self) -> None:
        if self._boxByDrag.drop():
            self._placing.begin(PromptRole.BOX)
        self._session.takeBackMarks()
