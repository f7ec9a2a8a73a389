"""The general model from scratch, or trained further, as a bundle of its own."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import torch
from torch import nn

from ...bundle import Bundle, BundleCard, InputCard, build_model, write_bundle
from ...labelled_scans import LeftOut
from ...model import families
from ...model.backbone import Backbone
from ...model.compact.backbone import CompactBackbone
from ...model.compact.layers import channels_last
from ...model.sam_moe import SamMoE
from ..loop.processes import Processes
from ..loop.reporter import Reporter
from ..loop.schedule import TrainingOptions
from ..loop.trainer import Trainer
from ..objectives.general import GeneralObjective
from ..objectives.tissue import TissueObjective
from ..samples.general_views import GeneralData
from .cuts import find_cuts
from .expert import fitted_options

THRESHOLD_VIEWS = 8
TISSUE = TrainingOptions(
    steps=3600, learning_rate=3e-3, weight_decay=0.02, warm_steps=50, size=32, views=16, objects=1,
    ema=0.995,
)  # fmt: skip
FROM_SCRATCH = TrainingOptions(
    steps=6000, learning_rate=8e-4, weight_decay=0.02, warm_steps=60, objects=3, coarse_views=5,
    fine_from=0.5, ema=0.998,
)  # fmt: skip


@dataclass(frozen=True)
class GeneralJob:
    """A general model to train.

    Attributes:
        out: The new bundle's folder.
        start: A bundle to train further; None: a compact model from scratch.
        general: What it is trained on.
        training: Length, rate, batch.
        sizes: Keyword arguments of the compact family's `build`.
        name: The bundle's name.
    """

    out: Path
    start: Bundle | None = None
    general: GeneralData = field(default_factory=GeneralData)
    training: TrainingOptions = FROM_SCRATCH
    sizes: dict[str, int] = field(default_factory=dict)
    name: str = "General model"


class GeneralTraining:
    """The stages of a general training.

    Args:
        job: What to train.
        device: Where.
        processes: This process among those `torchrun` started.
        reporter: Told how far it is.
    """

    def __init__(
        self, job: GeneralJob, *, device: torch.device, processes: Processes, reporter: Reporter
    ) -> None:
        self.left_out = LeftOut()
        self._job = job
        self._reporter = reporter
        self._card = job.start.card if job.start else _fresh_card(job)
        self._model = build_model(job.start, device) if job.start else _fresh_model(job, device)
        self._views = views = job.general.views(self._card, self.left_out, reporter, shown=False)
        self.scans_used = views.scans
        model = self._model
        self.trainer = Trainer(
            GeneralObjective(
                model.family,
                model.general.requires_grad_(True),
                tissue_head=_tissue_head(model.family, job.training.seed, device),
            ),
            views.train,
            options=fitted_options(self._card, job.training),
            processes=processes,
            identity=f"general {self._card.architecture} {self._card.sizes} {self._card.files} "
            f"{views.identity}",
        )

    def train(self, checkpoint: Path | None, *, stopped: Callable[[], bool]) -> bool:
        """Train; returns whether the schedule was finished."""
        if not self.trainer.run(checkpoint, on_step=self._reporter.step, stopped=stopped):
            return False
        self.trainer.load_average()
        return True

    def finish(self) -> Bundle:
        """Write the bundle, without experts: they belong to the encoders they were trained on.

        A compact model also gets its tissue network, where the views say what every voxel is, and
        the cut of its logits.
        """
        if hasattr(self._model.general, "cuts"):
            self._finish_compact()
        training = {
            "steps": self.trainer.step,
            "seed": self.trainer.options.seed,
            "data": f"{self.scans_used} labelled scans" if self.scans_used else "synthetic scenes",
            "skipped steps": self.trainer.skipped,
        }
        card = replace(self._card, experts=(), files={}, training=training, name=self._job.name)
        state = self._model.general_state_dict()
        return write_bundle(self._job.out, card, general=state)

    def _finish_compact(self) -> None:
        model, options = self._model, self.trainer.options
        if not self.scans_used:
            self._reporter.say("training the tissue network")
            steps = min(TISSUE.steps, options.steps)
            shown = self._job.general.views(self._card, self.left_out, self._reporter)
            tissue = Trainer(
                TissueObjective(model.family),
                shown.train,
                options=replace(TISSUE, steps=steps, seed=options.seed),
            )
            tissue.run(on_step=self._reporter.step)
            tissue.load_average()
        model.requires_grad_(False).eval()
        self._reporter.say("setting the cut of the logits")
        views = self._views.held_out
        cuts = find_cuts(model, model.general, views, views=THRESHOLD_VIEWS)
        model.general.cuts.copy_(cuts.best)  # type: ignore[operator]


def _fresh_card(job: GeneralJob) -> BundleCard:
    size = job.sizes.get("patch_size", 64)
    return BundleCard(
        name=job.name,
        architecture="compact",
        sizes=dict(job.sizes),
        license="Apache-2.0",
        input=InputCard(patch_size=size, spacing_mm=None, normalisation="window", crop="auto-zoom"),
        prompt_kinds=("points", "box", "mask"),
    )


def _tissue_head(backbone: Backbone, seed: int, device: torch.device) -> nn.Module | None:
    if not isinstance(backbone, CompactBackbone):
        return None
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        head = backbone.new_tissue_head()
    return channels_last(head).to(device)


def _fresh_model(job: GeneralJob, device: torch.device) -> SamMoE:
    with torch.random.fork_rng():
        torch.manual_seed(job.training.seed)
        backbone, decoder = families.build("compact", **job.sizes)
    return SamMoE(backbone, general=decoder).to(device)
