"""Views of bodies as a bundle's family takes its patches."""

from dataclasses import replace

import numpy as np
import torch

from ...bundle import InputCard
from ...intensity import normalise_positive
from ..anatomy.atlas import Atlas
from ..anatomy.views import AnatomyViews
from ..anatomy.wanted import Wanted
from ..view_batch import ViewBatch

CONTRAST = 500.0
"""Grey values of a painted patch span twice this where a family wants positive values."""


class BodyViews:
    """Views of bodies.

    Args:
        atlas: The bodies.
        wanted: What is asked for; None: anything.
        card: How the bundle's patches are made; None: through a window.
    """

    def __init__(
        self, atlas: Atlas, wanted: Wanted | None = None, *, card: InputCard | None = None
    ) -> None:
        self._views = AnatomyViews(atlas, wanted)
        self._z_positive = card is not None and card.normalisation == "z-positive"

    def sample(self, rng: np.random.Generator, *, views: int, objects: int, size: int) -> ViewBatch:
        """Return painted views."""
        batch = self._views.sample(rng, views=views, objects=objects, size=size)
        if not self._z_positive:
            return batch
        grey = (batch.patches[:, 0].cpu().numpy() + 1.0) * CONTRAST
        normalised = np.stack([normalise_positive(patch) for patch in grey])[:, None]
        return replace(batch, patches=torch.from_numpy(normalised))
