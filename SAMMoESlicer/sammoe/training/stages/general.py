"""The general model: both encoders and the general decoder, from nothing or further."""

import torch
from torch import nn

from ...model import families
from ...model.backbone import Backbone
from ...model.compact.backbone import CompactBackbone
from ...model.compact.layers import channels_last
from ...model.sam_moe import SamMoE
from ..loop.inspection import Inspection
from ..loop.schedule import TrainingOptions
from ..loop.trainer import Trainer
from ..loop.workshop import Workshop
from ..objectives.general import GeneralObjective
from ..view_batch import ViewSource
from .cuts import without_cuts
from .mixture import frozen


def fresh_model(
    architecture: str, sizes: dict[str, int], *, seed: int, device: torch.device
) -> SamMoE:
    """Return an untrained general model; a seed always gives the same."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        backbone, decoder = families.build(architecture, **sizes)
    return SamMoE(backbone, general=decoder).to(device)


def train_general(
    workshop: Workshop,
    model: SamMoE,
    views: ViewSource,
    options: TrainingOptions,
    *,
    identity: str,
    inspection: Inspection | None = None,
) -> Trainer:
    """Train encoders and general decoder, in place; returns the trainer at its end.

    Args:
        workshop: Where.
        model: Without experts: they belong to the encoders they were trained on.
        views: Objects of every sort.
        options: Length, rate, batch.
        identity: What must be equal for a checkpoint to fit.
        inspection: Looks at the averaged weights now and then.
    """
    decoder = without_cuts(model.general).requires_grad_(True)
    head = _tissue_head(model.family, options.seed)
    objective = GeneralObjective(model.family, decoder, tissue_head=head)
    trainer = workshop.train(
        "general", objective, views, options, identity=identity, inspection=inspection
    )
    frozen(model)
    return trainer


def _tissue_head(backbone: Backbone, seed: int) -> nn.Module | None:
    """Return what also learns, from a compact backbone's features, what every voxel is."""
    if not isinstance(backbone, CompactBackbone):
        return None
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        head = backbone.new_tissue_head()
    return channels_last(head).to(next(backbone.parameters()).device)
