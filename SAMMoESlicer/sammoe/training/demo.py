"""The embedded default, stage by stage: scenes, general model, experts, gate, bundle."""

import logging
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from ..bundle import Bundle, BundleCard, ExpertCard, InputCard, write_bundle
from ..model.compact.layers import channels_last
from ..model.gate import Gate
from ..model.sam_moe import SamMoE
from .expert import ExpertOptions, measure, train_expert
from .gate_samples import bank_state, embed_views
from .gate_training import GateBank, calibrate_tau, gate_scores, routing, train_gate
from .general import GeneralModel, GeneralOptions, GeneralTrainer
from .synthetic.scenes import SceneStore
from .tasks import TASKS, Task, general_wanted
from .views import SyntheticViews

logger = logging.getLogger(__name__)

TESTED_SCENES = range(100_000, 100_040)
"""Scenes nothing is trained on."""


@dataclass(frozen=True)
class DemoRecipe:
    """How long everything takes; the committed bundle is what the defaults give."""

    scenes: int = 600
    general_minutes: float = 47.0
    expert_minutes: float = 5.0
    gate_samples: int = 130
    general_gate_samples: int = 320
    experts: tuple[str, ...] = ("rib", "lesion", "vertebra")

    @property
    def tasks(self) -> tuple[Task, ...]:
        """The chosen tasks in the gate's order."""
        return tuple(task for task in TASKS if task.id in self.experts)


def make_demo(work: Path, out: Path, recipe: DemoRecipe) -> Bundle:
    """Train whatever is missing in `work` and write the bundle to `out`."""
    work.mkdir(parents=True, exist_ok=True)
    store = SceneStore(work / "scenes")
    store.fill(range(recipe.scenes))
    tested = SceneStore(work / "tested-scenes")
    tested.fill(TESTED_SCENES)
    model = general_model(work, store, recipe)
    experts = {
        task.id: _expert(work, store, model, task, recipe.expert_minutes) for task in recipe.tasks
    }
    bank = kept_bank(work / "gate-bank.pt", store, model, recipe, seed=3)
    held_out = kept_bank(work / "gate-bank-held-out.pt", tested, model, recipe, seed=4, share=0.4)
    gate = Gate(
        embed_dim=model.backbone.embed_dim,
        local_dim=model.backbone.local_dim,
        num_experts=len(recipe.tasks),
    )
    train_gate(gate, bank)
    scores = gate_scores(gate, held_out)
    tau = calibrate_tau(scores, held_out.classes)
    shares = routing(scores, held_out.classes, tau)
    logger.info("tau %s, routed rightly %s", tau, shares)
    cards = [
        _expert_card(task, experts[task.id], model, tested, tau=threshold, routed=shares[str(n)])
        for n, (task, threshold) in enumerate(zip(recipe.tasks, tau, strict=True))
    ]
    return write_bundle(
        out,
        bundle_card(recipe, tuple(cards), general_kept=shares["general"]),
        general=model.state_dict(),
        experts={expert_id: decoder.state_dict() for expert_id, decoder in experts.items()},
        gate=gate.state_dict(),
        gate_bank=bank_state(bank),
    )


def general_model(work: Path, store: SceneStore, recipe: DemoRecipe) -> GeneralModel:
    """Return the general model's averaged weights, trained to the end of its schedule."""
    trainer = GeneralTrainer(
        store, options=GeneralOptions(minutes=recipe.general_minutes, steps=100_000)
    )
    checkpoint = work / "general.pt"
    if checkpoint.exists():
        trainer.resume(checkpoint)
    if trainer.progress < 1.0:
        trainer.run(checkpoint)
    return averaged_model(trainer.average)


def averaged_model(average: dict[str, Tensor]) -> GeneralModel:
    """Return a frozen model in evaluation mode with these weights."""
    model = GeneralModel()
    model.load_state_dict(average)
    return channels_last(model).requires_grad_(False).eval()


def kept_bank(
    path: Path,
    store: SceneStore,
    model: GeneralModel,
    recipe: DemoRecipe,
    *,
    seed: int,
    share: float = 1.0,
) -> GateBank:
    """Return the bank in a file, made first when the file is missing."""
    if not path.exists():
        torch.save(bank_state(gate_bank(store, model, recipe, seed=seed, share=share)), path)
    state = torch.load(path, weights_only=True)
    return GateBank(
        sparse=state["sparse"],
        tokens=state["tokens"],
        local=state["local"],
        point_labels=state["point_labels"].long(),
        classes=state["classes"].long(),
    )


def gate_bank(
    store: SceneStore, model: GeneralModel, recipe: DemoRecipe, *, seed: int, share: float = 1.0
) -> GateBank:
    """Return embedded prompts of every expert's task and of nobody's."""
    banks = []
    wanted = [task.wanted for task in recipe.tasks] + [general_wanted(recipe.tasks)]
    for index, samples_of in enumerate(wanted):
        last = index == len(wanted) - 1
        count = recipe.general_gate_samples if last else recipe.gate_samples
        banks.append(
            embed_views(
                SamMoE(model.backbone, general=model.mask_decoder),
                SyntheticViews(store, samples_of),
                samples=max(int(share * count), 4),
                class_index=index,
                size=model.backbone.patch_size,
                seed=seed,
            )
        )
        logger.info("embedded %d prompts of class %d", len(banks[-1].classes), index)
    return GateBank.joined(banks)


def _expert(
    work: Path, store: SceneStore, model: GeneralModel, task: Task, minutes: float
) -> nn.Module:
    path = work / f"expert-{task.id}.safetensors"
    if path.exists():
        known = model.backbone.new_decoder()
        known.load_state_dict(load_file(path))
        return channels_last(known).eval()
    logger.info("training the expert '%s'", task.id)
    options = ExpertOptions(minutes=minutes)
    decoder = train_expert(model.backbone, model.mask_decoder, store, task.wanted, options=options)
    save_file({name: value.contiguous() for name, value in decoder.state_dict().items()}, path)
    return decoder


def _expert_card(
    task: Task,
    decoder: nn.Module,
    model: GeneralModel,
    tested: SceneStore,
    *,
    tau: float,
    routed: float,
) -> ExpertCard:
    before = measure(model.backbone, model.mask_decoder, tested, task.wanted)
    after = measure(model.backbone, decoder, tested, task.wanted)
    dice = {f"{clicks} clicks": round(value, 3) for clicks, value in after.items()}
    dice |= {f"general, {clicks} clicks": round(value, 3) for clicks, value in before.items()}
    logger.info("expert '%s': %s, routed %.2f", task.id, dice, routed)
    return ExpertCard(
        id=task.id,
        name=task.name,
        description=task.description,
        terminology=task.terminology,
        color=task.color,
        trained_on="synthetic volumes of sammoe.training",
        dice=dice | {"routed to it": routed},
        tau=tau,
    )


def bundle_card(
    recipe: DemoRecipe, experts: tuple[ExpertCard, ...], *, general_kept: float
) -> BundleCard:
    """Return the bundle's card."""
    return BundleCard(
        name="Embedded default",
        version="0.1",
        license="Apache-2.0",
        architecture="compact",
        intended_use="Trying out the software; research only, not a medical device.",
        input=InputCard(patch_size=64, spacing_mm=None, normalisation="window", crop="auto-zoom"),
        prompt_kinds=("points", "box", "mask"),
        training={
            "command": "python -m sammoe.training --work WORK --out Resources/Models/demo",
            "data": "synthetic volumes only",
            "recipe": asdict(recipe),
            "general prompts kept from the experts (held-out synthetic)": general_kept,
        },
        experts=experts,
    )
