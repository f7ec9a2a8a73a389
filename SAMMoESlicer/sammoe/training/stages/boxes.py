"""The general decoder for prompts with a box: between frozen encoders, on crops around boxes."""

import copy

from torch import nn

from ...model.sam_moe import SamMoE
from ..loop.schedule import TrainingOptions
from ..loop.workshop import Workshop
from ..objectives.expert import ExpertObjective
from ..view_batch import ViewSource
from .cuts import without_cuts
from .mixture import frozen


def train_box_decoder(
    workshop: Workshop,
    model: SamMoE,
    views: ViewSource,
    options: TrainingOptions,
    *,
    identity: str,
) -> nn.Module:
    """Return a decoder that begins as the general one; the model stays as it is.

    Args:
        workshop: Where.
        model: With the general decoder.
        views: Objects of every sort, framed around boxes.
        options: Length, rate, batch; `boxed`.
        identity: What must be equal for a checkpoint to fit.
    """
    decoder = without_cuts(copy.deepcopy(model.general))
    objective = ExpertObjective(model.family, decoder)
    workshop.train("boxes", objective, views, options, identity=identity)
    return frozen(decoder)
