"""An expert: a decoder for one task, a copy of the general one, both encoders frozen."""

import copy

from torch import nn

from ...model.sam_moe import SamMoE
from ..loop.inspection import Inspection
from ..loop.schedule import TrainingOptions
from ..loop.workshop import Workshop
from ..objectives.expert import ExpertObjective
from ..samples.mixed_views import MixedViews
from ..view_batch import ViewSource
from .cuts import without_cuts
from .mixture import frozen

REHEARSED = 0.2
"""Share of batches that are of nobody's task: a prompt sent to an expert by mistake costs less."""


def train_expert(
    workshop: Workshop,
    model: SamMoE,
    expert_id: str,
    views: ViewSource,
    options: TrainingOptions,
    *,
    identity: str,
    rehearsed: ViewSource | None = None,
    fold: int | None = None,
    inspection: Inspection | None = None,
) -> nn.Module:
    """Return an expert's decoder; the model stays as it is.

    Args:
        workshop: Where.
        model: With the general decoder it begins as.
        expert_id: The expert's id.
        views: Objects of its task.
        options: Length, rate, batch.
        identity: What must be equal for a checkpoint to fit.
        rehearsed: Objects that are nobody's task, mixed in; None: none are.
        fold: Its number in a cross-validation; None: it is the expert itself.
        inspection: Looks at the averaged weights now and then.
    """
    if rehearsed is not None:
        views = MixedViews([views, rehearsed], [1.0 - REHEARSED, REHEARSED])
    decoder = without_cuts(copy.deepcopy(model.general))
    objective = ExpertObjective(model.family, decoder)
    name = f"expert-{expert_id}" if fold is None else f"expert-{expert_id}.fold-{fold}"
    workshop.train(name, objective, views, options, identity=identity, inspection=inspection)
    return frozen(decoder)
