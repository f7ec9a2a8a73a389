"""Gate and experts trained together (paper 2.3): a step updates the gate and one expert."""

from collections.abc import Mapping

from ...model.sam_moe import SamMoE
from ...options import GENERAL
from ..loop.schedule import TrainingOptions
from ..loop.workshop import Workshop
from ..objectives.joint import JointObjective
from ..samples.task_views import TaskViews
from ..view_batch import ViewSource
from .mixture import frozen


def train_joint(
    workshop: Workshop,
    model: SamMoE,
    views: Mapping[str, ViewSource],
    options: TrainingOptions,
    *,
    identity: str,
) -> None:
    """Train gate and experts, in place.

    Args:
        workshop: Where.
        model: With experts and a gate.
        views: Objects of every expert's task, and of nobody's, by id and 'general'.
        options: Length, rate, batch.
        identity: What must be equal for a checkpoint to fit.
    """
    columns = list(range(len(model.expert_ids) + 1))
    sources = [views[name] for name in (*model.expert_ids, GENERAL)]
    objective = JointObjective(model, class_of={column: column for column in columns})
    task_views = TaskViews(sources, columns)
    workshop.train("joint", objective, task_views, options, identity=identity)
    frozen(model)
