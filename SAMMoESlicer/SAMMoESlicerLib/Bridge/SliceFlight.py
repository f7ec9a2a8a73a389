"""Slices that move to a position over a second instead of jumping there."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .PlaceMode import jumpSlices

STEPS = 16


class SliceFlight:
    """Moves all slice views a bit at each `poll`.

    Args:
        scene: Whose slices move.
    """

    def __init__(self, scene: Any) -> None:
        self._scene = scene
        self._here: NDArray[np.float64] | None = None
        self._way: list[NDArray[np.float64]] = []

    def flyTo(self, point_ras: Any) -> None:
        """Set out for a position, (3,) RAS mm; the first one is reached at once."""
        goal = np.asarray(point_ras, dtype=float)
        start = goal if self._here is None else self._here
        shares = np.linspace(0, 1, STEPS + 1)[1:]
        self._way = [start + (goal - start) * share**2 * (3 - 2 * share) for share in shares]

    def poll(self) -> None:
        """Go on with the flight; nothing without one."""
        if self._way:
            self._here = self._way.pop(0)
            jumpSlices(self._scene, self._here)

    @property
    def isFlying(self) -> bool:
        """Say whether the goal is not reached yet."""
        return bool(self._way)
