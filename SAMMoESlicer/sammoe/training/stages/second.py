"""The second general decoder, for boxes and corrections: between frozen encoders.

Its views are cut around roughly drawn boxes, as the product cuts a crop around a box or a mask.
"""

import copy

from torch import nn

from ...model.sam_moe import SamMoE
from ..loop.inspection import Inspection
from ..loop.schedule import TrainingOptions
from ..loop.workshop import Workshop
from ..objectives.expert import ExpertObjective
from ..view_batch import ViewSource
from .cuts import without_cuts
from .mixture import frozen


def train_second_decoder(
    workshop: Workshop,
    model: SamMoE,
    views: ViewSource,
    options: TrainingOptions,
    *,
    identity: str,
    inspection: Inspection | None = None,
) -> nn.Module:
    """Return a decoder that begins as the general one; the model stays as it is.

    Args:
        workshop: Where.
        model: With the general decoder.
        views: Objects of every sort, framed around boxes.
        options: Length, rate, batch; `second`.
        identity: What must be equal for a checkpoint to fit.
        inspection: Looks at the averaged weights now and then.
    """
    decoder = without_cuts(copy.deepcopy(model.general))
    objective = ExpertObjective(model.family, decoder, beside=model.general)
    workshop.train("second", objective, views, options, identity=identity, inspection=inspection)
    return frozen(decoder)
