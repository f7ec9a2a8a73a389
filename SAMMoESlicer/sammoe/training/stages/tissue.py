"""The network that says what sort of structure every place is, for the gate."""

from ...model.sam_moe import SamMoE
from ..loop.schedule import TrainingOptions
from ..loop.workshop import Workshop
from ..objectives.tissue import TissueObjective
from ..view_batch import ViewSource
from .mixture import frozen


def train_tissue(
    workshop: Workshop,
    model: SamMoE,
    views: ViewSource,
    options: TrainingOptions,
    *,
    identity: str,
) -> None:
    """Train a compact model's tissue network, in place.

    Args:
        workshop: Where.
        model: Whose encoders and decoders stay as they are.
        views: As the product looks, with the sort of every voxel.
        options: Length, rate, batch.
        identity: What must be equal for a checkpoint to fit.
    """
    workshop.train("tissue", TissueObjective(model.family), views, options, identity=identity)
    frozen(model)
