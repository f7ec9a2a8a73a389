"""How much of everything the embedded default takes; its numbers are for a GPU."""

from dataclasses import dataclass, field

from ..gate.fit import GateOptions
from ..gate.prompts import GateSamples
from ..loop.schedule import TrainingOptions
from ..samples.tasks import TASKS, Task
from ..sheet import SheetOptions
from ..stages.cuts import VIEWS
from ..stages.no_forgetting import MeasureOptions


@dataclass(frozen=True)
class EmbeddedRecipe:
    """The sizes of all stages.

    Attributes:
        scenes: Geometric scenes to train on, beside the label maps of real bodies.
        tested_scenes: Further ones, to set cuts, to calibrate and to measure on, beside the maps
            that are held out.
        general: How encoders and general decoder are trained. Coarse patches teach what clicks
            mean, fine ones what the product looks at.
        extent: How the head is trained that guesses an object's extent from one click.
        tissue: How the network is trained that tells the gate what is where.
        expert: How each expert's decoder is trained.
        tumour_folds: The tumour expert's patients are divided into so many folds, which say after
            how many steps it stops; 0: it learns to the end.
        second: How the second general decoder is trained, for boxes and corrections.
        cut_views: Patches each decoder's cuts are set on, three objects in each.
        prompts: How many prompts of each task, and of nobody's, the gate learns from.
        gate: How the gate is trained.
        measure: How much is measured at the end.
        sheet: How much the validation sheet looks at, and how often.
        sizes: Keyword arguments of the compact family's `build`.
        experts: Ids of the tasks that get an expert; tumours only where there are scans of them.
    """

    scenes: int = 140
    tested_scenes: int = 20
    general: TrainingOptions = field(
        default_factory=lambda: TrainingOptions(
            steps=12000, learning_rate=7e-4, weight_decay=0.02, warm_steps=60,
            size=64, views=16, objects=3, coarse_size=32, coarse_views=64,
            fine_share=0.75, ema=0.998, seed=0, checkpoint_minutes=2.0,
        )
    )  # fmt: skip
    extent: TrainingOptions = field(
        default_factory=lambda: TrainingOptions(
            steps=4400, learning_rate=2e-3, warm_steps=20,
            size=64, views=3, objects=2, coarse_size=32, coarse_views=8,
            fine_share=0.5, ema=0.98, seed=5, checkpoint_minutes=2.0,
        )
    )  # fmt: skip
    tissue: TrainingOptions = field(
        default_factory=lambda: TrainingOptions(
            steps=4000, learning_rate=3e-3, weight_decay=0.02, warm_steps=50,
            size=32, views=64, objects=1, ema=0.997, seed=2, checkpoint_minutes=2.0,
        )
    )  # fmt: skip
    expert: TrainingOptions = field(
        default_factory=lambda: TrainingOptions(
            steps=400, learning_rate=4e-4, warm_steps=15,
            size=64, views=8, objects=3, coarse_size=32, coarse_views=16,
            fine_share=0.75, ema=0.98, seed=1, checkpoint_minutes=2.0,
        )
    )  # fmt: skip
    tumour_folds: int = 4
    second: TrainingOptions = field(
        default_factory=lambda: TrainingOptions(
            steps=3500, learning_rate=5e-4, weight_decay=0.02, warm_steps=20,
            size=64, views=8, objects=1, coarse_size=32, coarse_views=32, parts=2,
            fine_share=0.75, ema=0.99, seed=11, second=True, checkpoint_minutes=2.0,
        )
    )  # fmt: skip
    cut_views: int = VIEWS
    prompts: GateSamples = field(
        default_factory=lambda: GateSamples(expert=4300, general=16800, held_out=1 / 3)
    )
    gate: GateOptions = field(default_factory=lambda: GateOptions(steps=3000, batch=128))
    measure: MeasureOptions = field(default_factory=lambda: MeasureOptions(general_parts=3))
    sheet: SheetOptions = field(default_factory=SheetOptions)
    sizes: dict[str, int] = field(default_factory=dict)
    experts: tuple[str, ...] = tuple(task.id for task in TASKS)

    @property
    def tasks(self) -> tuple[Task, ...]:
        """The chosen tasks in the gate's order."""
        return tuple(task for task in TASKS if task.id in self.experts)
