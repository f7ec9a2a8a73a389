"""The head that guesses from one click how far an object reaches."""

from ...model.sam_moe import SamMoE
from ..loop.schedule import TrainingOptions
from ..loop.workshop import Workshop
from ..objectives.extent import ExtentObjective
from ..view_batch import ViewSource
from .mixture import frozen


def train_extent(
    workshop: Workshop,
    model: SamMoE,
    views: ViewSource,
    options: TrainingOptions,
    *,
    identity: str,
) -> None:
    """Train a compact model's extent head, in place.

    Args:
        workshop: Where.
        model: Whose encoders and decoders stay as they are.
        views: First and second looks, with the faces of whole objects.
        options: Length, rate, batch.
        identity: What must be equal for a checkpoint to fit.
    """
    objective = ExtentObjective(model.family, model.general)
    workshop.train("extent", objective, views, options, identity=identity)
    frozen(model)
