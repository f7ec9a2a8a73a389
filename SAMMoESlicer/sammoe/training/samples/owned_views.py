"""Views that say whose task their objects are."""

from dataclasses import replace

import numpy as np

from ..view_batch import ViewBatch, ViewSource


class OwnedViews:
    """The views of a source, with the owner's name on them.

    Args:
        source: The source.
        owner: An expert's id, or 'general'.
    """

    def __init__(self, source: ViewSource, owner: str) -> None:
        self._source = source
        self._owner = owner

    def sample(self, rng: np.random.Generator, *, views: int, objects: int, size: int) -> ViewBatch:
        """Return a batch of the source."""
        batch = self._source.sample(rng, views=views, objects=objects, size=size)
        return replace(batch, owner=self._owner)
