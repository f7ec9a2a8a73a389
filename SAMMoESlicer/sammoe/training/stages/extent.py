"""The head that guesses from one click how far an object reaches."""

from collections.abc import Mapping

from ...model.sam_moe import SamMoE
from ...options import GENERAL
from ..loop.schedule import TrainingOptions
from ..loop.workshop import Workshop
from ..objectives.extent import ExtentObjective
from ..samples.mixed_views import MixedViews
from ..samples.owned_views import OwnedViews
from ..view_batch import ViewSource
from .mixture import frozen

GENERAL_SHARE = 0.4
"""Of the batches; the experts share the rest evenly."""


def train_extent(
    workshop: Workshop,
    model: SamMoE,
    views: Mapping[str, ViewSource],
    options: TrainingOptions,
    *,
    identity: str,
) -> None:
    """Train a compact model's extent head on what all its decoders draw, in place.

    Args:
        workshop: Where.
        model: Whose encoders and decoders stay as they are.
        views: First and second looks, with the faces of whole objects: of anything as 'general',
            and of every expert's task by its id.
        options: Length, rate, batch.
        identity: What must be equal for a checkpoint to fit.
    """
    of_expert = (1.0 - GENERAL_SHARE) / max(len(views) - 1, 1)
    mixed = MixedViews(
        [OwnedViews(source, owner) for owner, source in views.items()],
        [GENERAL_SHARE if owner == GENERAL else of_expert for owner in views],
    )
    decoders = {owner: model.decoder(owner) for owner in views}
    objective = ExtentObjective(model.family, decoders)
    workshop.train("extent", objective, mixed, options, identity=identity)
    frozen(model)
