"""How much of everything the embedded default takes; the committed bundle is the defaults'."""

from dataclasses import dataclass, field

from ..gate.fit import GateOptions
from ..gate.prompts import GateSamples
from ..loop.schedule import TrainingOptions
from ..samples.tasks import TASKS, Task
from ..stages.cuts import VIEWS
from ..stages.no_forgetting import MeasureOptions


@dataclass(frozen=True)
class EmbeddedRecipe:
    """The sizes of all stages.

    Attributes:
        scenes: Synthetic scenes to train on.
        tested_scenes: Further ones, to calibrate and to measure on.
        tuned_scenes: Further ones, to set the masks' cuts on.
        general: How encoders and general decoder are trained. Coarse patches teach what clicks
            mean, fine ones what the product looks at.
        tissue: How the network is trained that tells the gate what is where.
        expert: How each expert's decoder is trained.
        cut_views: Patches each decoder's cuts are set on, three objects in each.
        prompts: How many prompts of each task, and of nobody's, the gate learns from.
        gate: How the gate is trained.
        measure: How much is measured at the end.
        sizes: Keyword arguments of the compact family's `build`.
        experts: Ids of the tasks that get an expert.
    """

    scenes: int = 800
    tested_scenes: int = 60
    tuned_scenes: int = 24
    general: TrainingOptions = field(
        default_factory=lambda: TrainingOptions(
            steps=4000, learning_rate=8e-4, weight_decay=0.02, warm_steps=100,
            size=64, views=1, objects=4, coarse_size=32, coarse_views=3,
            fine_from=0.45, fine_share=0.4, parts=2, ema=0.998, seed=0, checkpoint_minutes=2.0,
        )
    )  # fmt: skip
    tissue: TrainingOptions = field(
        default_factory=lambda: TrainingOptions(
            steps=5400, learning_rate=3e-3, weight_decay=0.02, warm_steps=50,
            size=32, views=8, objects=1, parts=2, ema=0.995, seed=2, checkpoint_minutes=2.0,
        )
    )  # fmt: skip
    expert: TrainingOptions = field(
        default_factory=lambda: TrainingOptions(
            steps=200, learning_rate=5e-4, warm_steps=20,
            size=64, views=1, objects=3, coarse_size=32, coarse_views=4,
            fine_share=0.5, parts=2, ema=0.98, seed=1, checkpoint_minutes=2.0,
        )
    )  # fmt: skip
    cut_views: int = VIEWS
    prompts: GateSamples = field(
        default_factory=lambda: GateSamples(expert=525, general=1800, held_out=1 / 3)
    )
    gate: GateOptions = field(default_factory=lambda: GateOptions(steps=800, batch=48))
    measure: MeasureOptions = field(default_factory=lambda: MeasureOptions(general_parts=3))
    sizes: dict[str, int] = field(default_factory=dict)
    experts: tuple[str, ...] = tuple(task.id for task in TASKS)

    @property
    def tasks(self) -> tuple[Task, ...]:
        """The chosen tasks in the gate's order."""
        return tuple(task for task in TASKS if task.id in self.experts)
