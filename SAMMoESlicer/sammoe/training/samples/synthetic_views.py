"""Where samples come from: one protocol for synthetic scenes and for labelled scans."""

import numpy as np
import torch

from ...bundle import InputCard
from ...intensity import normalise_positive
from ..synthetic.scenes import SceneStore
from ..synthetic.views import Wanted, sample_views
from ..view_batch import ViewBatch

SYNTHETIC_CONTRAST = 500.0
"""Grey values of a synthetic patch span twice this where a family wants positive values."""


class SyntheticViews:
    """Views of synthetic scenes.

    Args:
        store: The scenes.
        wanted: Which objects are prompted; None: any.
        card: How the bundle's patches are made.
    """

    def __init__(
        self, store: SceneStore, wanted: Wanted | None = None, *, card: InputCard | None = None
    ) -> None:
        self._store = store
        self._wanted = wanted
        self._z_positive = card is not None and card.normalisation == "z-positive"

    def sample(self, rng: np.random.Generator, *, views: int, objects: int, size: int) -> ViewBatch:
        """Return painted views."""
        batch = sample_views(
            self._store, rng, views=views, objects=objects, size=size, wanted=self._wanted
        )
        if not self._z_positive:
            return batch
        grey = (batch.patches.numpy() + 1.0) * SYNTHETIC_CONTRAST
        normalised = np.stack([normalise_positive(patch) for patch in grey[:, 0]])[:, None]
        return ViewBatch(torch.from_numpy(normalised), batch.masks, batch.rows, batch.kinds)
