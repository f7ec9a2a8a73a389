"""Ahead of the click: where the mouse rests while a point is placed, the model looks already."""

import time
from collections.abc import Callable
from typing import Any

from .Bridge import PromptRole
from .Bridge.SliceHover import SliceHover
from .Placing import Placing
from .PowerWatch import PowerWatch
from .SegmentationSession import SegmentationSession

REST_S = 0.15


class LookAhead:
    """Asks the session to look where the mouse rests; at the first click of an object only.

    Later clicks look where the object was already looked at.

    Attributes:
        isOn: The user's choice.

    Args:
        session: What predicts.
        placing: Says whether points inside an object are placed.
        views: Returns pairs of interactor and slice node of all slice views.
        power: Nothing is computed ahead on a battery.
        clock: Seconds, rising.
    """

    def __init__(
        self,
        session: SegmentationSession,
        placing: Placing,
        *,
        views: Callable[[], Any],
        power: PowerWatch | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.isOn = True
        self._session = session
        self._placing = placing
        self._views = views
        self._power = power or PowerWatch(clock=clock)
        self._clock = clock
        self._hover = SliceHover(self._onMove)
        self._restsAt: tuple[float, float, float] | None = None
        self._since_s = 0.0
        placing.changed.connect(self._onPlacing)

    def poll(self) -> None:
        """Look where the mouse has rested for `REST_S`, once."""
        point_ras = self._restsAt
        if point_ras is None or self._clock() - self._since_s < REST_S:
            return
        self._restsAt = None
        if self.isOn and not self._power.isOnBattery:
            self._session.lookAhead(point_ras)

    def close(self) -> None:
        """Listen to no view any more."""
        self._hover.close()
        self._restsAt = None

    def _onPlacing(self) -> None:
        self.close()
        if self._placing.role is PromptRole.POSITIVE:
            self._hover.watch(self._views())

    def _onMove(self, point_ras: tuple[float, float, float] | None) -> None:
        """Take note of where the mouse is; None: in no view."""
        self._restsAt, self._since_s = point_ras, self._clock()
