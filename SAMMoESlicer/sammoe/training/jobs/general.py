"""The general model from scratch, or trained further, as a bundle of its own."""

from dataclasses import dataclass, field, replace
from pathlib import Path

from ...bundle import Bundle, BundleCard, InputCard, build_model, write_bundle
from ...bundle.place import Place
from ...model.compact.backbone import CompactBackbone
from ...model.sam_moe import SamMoE
from ...options import GENERAL
from ..loop.schedule import TrainingOptions
from ..loop.trainer import Trainer
from ..loop.workshop import Workshop
from ..samples.general_views import GeneralData, Views
from ..stages.cuts import cut_views, set_cuts
from ..stages.extent import train_extent
from ..stages.general import fresh_model, train_general
from ..stages.tissue import train_tissue
from .fitted_options import fitted_options

TISSUE = TrainingOptions(
    steps=3600, learning_rate=3e-3, weight_decay=0.02, warm_steps=50, size=32, views=16, objects=1,
    ema=0.995,
)  # fmt: skip
EXTENT = TrainingOptions(
    steps=600, learning_rate=2e-3, warm_steps=20, size=64, views=3, objects=2, coarse_size=32,
    coarse_views=8, fine_share=0.5, ema=0.98, seed=5,
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
        place: What may be replaced there; None: whatever is there at the end.
        start: A bundle to train further; None: a compact model from scratch.
        general: What it is trained on.
        training: Length, rate, batch.
        sizes: Keyword arguments of the compact family's `build`.
        name: The bundle's name.
        test_samples: Objects the cuts of its logits are set on, at most.
    """

    out: Path
    place: Place | None = None
    start: Bundle | None = None
    general: GeneralData = field(default_factory=GeneralData)
    training: TrainingOptions = FROM_SCRATCH
    sizes: dict[str, int] = field(default_factory=dict)
    name: str = "General model"
    test_samples: int = 40


def new_general(workshop: Workshop, job: GeneralJob) -> Bundle | None:
    """Train a general model and write its bundle; None in all processes but the first.

    The bundle has no experts: they belong to the encoders they were trained on. A compact model
    also gets its extent head and its tissue network, where the views say what every voxel is,
    and its cuts.

    Raises:
        StoppedError: Somebody asked to stop.
        SAMMoEError: The data cannot be used.
    """
    card, model = start_of(workshop, job)
    views = job.general.views(card, workshop.left_out, workshop.reporter)
    identity = f"{card.architecture} {card.sizes} {card.files} {views.identity}"
    trainer = train_general(
        workshop, model, views.train, fitted_options(card, job.training),
        identity=f"general {identity}",
    )  # fmt: skip
    if isinstance(model.family, CompactBackbone):
        steps = job.training.steps
        extent = replace(EXTENT, steps=min(EXTENT.steps, steps))
        train_extent(workshop, model, {GENERAL: views.train}, extent, identity=f"extent {identity}")
        if not views.scans:
            tissue = replace(TISSUE, steps=min(TISSUE.steps, steps), seed=job.training.seed)
            train_tissue(workshop, model, views.shown, tissue, identity=f"tissue {identity}")
    if not workshop.first_alone():
        return None
    set_cuts(workshop, model, {GENERAL: views.held_out}, views=cut_views(job.test_samples))
    return _written(job, card, model, trainer, views)


def start_of(workshop: Workshop, job: GeneralJob) -> tuple[BundleCard, SamMoE]:
    """Return the card and the model a job begins with."""
    if job.start is not None:
        return job.start.card, build_model(job.start, workshop.device)
    card = _fresh_card(job)
    model = fresh_model(
        card.architecture, job.sizes, seed=job.training.seed, device=workshop.device
    )
    return card, model


def _written(
    job: GeneralJob, card: BundleCard, model: SamMoE, trainer: Trainer, views: Views
) -> Bundle:
    training = {
        "steps": trainer.step,
        "seed": trainer.options.seed,
        "data": f"{views.scans} labelled scans" if views.scans else views.identity,
        "skipped steps": trainer.skipped,
    }
    card = replace(card, experts=(), files={}, training=training, name=job.name)
    return write_bundle(job.out, card, general=model.general_state_dict(), replaces=job.place)


def _fresh_card(job: GeneralJob) -> BundleCard:
    size = job.sizes.get("patch_size", 64)
    return BundleCard(
        name=job.name,
        architecture="compact",
        sizes=dict(job.sizes),
        license="Apache-2.0",
        input=InputCard(patch_size=size, spacing_mm=None, normalisation="window", crop="auto-zoom"),
        prompt_kinds=("points", "box", "mask", "curve"),
    )
