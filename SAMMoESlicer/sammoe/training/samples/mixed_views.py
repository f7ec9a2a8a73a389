"""Batches of several sources in turn, each as often as wanted."""

from collections.abc import Sequence

import numpy as np

from ..view_batch import ViewBatch, ViewSource


class MixedViews:
    """Every batch is of one of several sources.

    Args:
        sources: The sources.
        shares: How often each is drawn, in any unit.
    """

    def __init__(self, sources: Sequence[ViewSource], shares: Sequence[float]) -> None:
        self._sources = list(sources)
        self._chances = np.array(shares) / np.sum(shares)

    def sample(self, rng: np.random.Generator, *, views: int, objects: int, size: int) -> ViewBatch:
        """Return a batch of one source."""
        source = self._sources[int(rng.choice(len(self._sources), p=self._chances))]
        return source.sample(rng, views=views, objects=objects, size=size)
