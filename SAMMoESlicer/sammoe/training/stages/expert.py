"""From labelled scans to one more expert in a bundle: train, gate, measure, write."""

import copy
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import torch

from ...bundle import Bundle, BundleCard, ExpertCard, build_model
from ...errors import SAMMoEError
from ...labelled_scans import LeftOut, ScanFolder
from ...model.sam_moe import SamMoE
from ..gate.fit import GateOptions
from ..gate.update import CalibratedGate, GateSamples, check_samples, updated_gate
from ..loop.processes import Processes
from ..loop.reporter import Reporter
from ..loop.schedule import TrainingOptions
from ..loop.trainer import Trainer
from ..objectives.expert import ExpertObjective
from ..samples.general_views import GeneralData, TwoSources, scan_views, tasks_of
from ..samples.task_views import views_of_tasks
from .bundle_update import (
    card_with_expert,
    card_with_thresholds,
    model_with_expert,
    rewrite,
    thresholds,
)
from .no_forgetting import Verdict, compare

SMALLEST_COARSE = 32
"""Coarse steps take patches of at least this; smaller ones have too few tokens."""


@dataclass(frozen=True)
class MeasureOptions:
    """How much is measured at the end.

    Attributes:
        samples: Objects of each sort.
        clicks: After how many clicks Dice is taken.
        force: Write the bundle even if the general model loses.
    """

    samples: int = 40
    clicks: int = 5
    force: bool = False


@dataclass(frozen=True)
class ExpertJob:
    """One expert to train.

    Attributes:
        card: Its id, name, colour, codes.
        data: Labelled scans; every label that is meant is the task.
        others: Folders of other experts' tasks, for the gate, where the bundle has no bank.
        general: Where general samples come from.
        training: How the decoder is trained; None: as its family needs.
        gate_samples: How many prompts the gate learns from.
        gate: How the gate is trained.
        measure: How much is measured.
    """

    card: ExpertCard
    data: ScanFolder
    others: dict[str, ScanFolder] = field(default_factory=dict)
    general: GeneralData = field(default_factory=GeneralData)
    training: TrainingOptions = field(default_factory=TrainingOptions)
    gate_samples: GateSamples = field(default_factory=GateSamples)
    gate: GateOptions = field(default_factory=GateOptions)
    measure: MeasureOptions = field(default_factory=MeasureOptions)


def fitted_options(card: BundleCard, options: TrainingOptions) -> TrainingOptions:
    """Return options with a family's patch sizes, and boxes only where they were trained."""
    size = card.input.patch_size
    coarse = size // 2 if card.input.crop == "auto-zoom" and size // 2 >= SMALLEST_COARSE else 0
    return replace(options, size=size, coarse_size=coarse, boxes="box" in card.prompt_kinds)


class ExpertTraining:
    """The stages of a job; each leaves what the next one needs.

    Args:
        bundle: Where the expert will live.
        job: What to train.
        device: Where.
        processes: This process among those `torchrun` started.
        reporter: Told how far it is.
    """

    def __init__(
        self,
        bundle: Bundle,
        job: ExpertJob,
        *,
        device: torch.device,
        processes: Processes,
        reporter: Reporter,
    ) -> None:
        self.left_out = LeftOut()
        self._bundle = bundle
        self._job = job
        self._reporter = reporter
        scenes = () if job.general.folder else (task.id for task in tasks_of(bundle.card))
        check_samples(bundle, {job.card.id, *job.others, *scenes})
        self._model = build_model(bundle, device)
        self._views: TwoSources = scan_views(
            job.data,
            bundle.card,
            self.left_out,
            reporter,
            cache=job.general.cache,
        )
        self._decoder = copy.deepcopy(self._model.general)
        self.trainer = Trainer(
            ExpertObjective(self._model.family, self._decoder),
            self._views.train,
            options=fitted_options(bundle.card, job.training),
            processes=processes,
            identity=f"expert {job.card.id} {bundle.card.files} {self._views.identity}",
        )

    @property
    def expert_id(self) -> str:
        """The new expert's id."""
        return self._job.card.id

    @property
    def scans_used(self) -> int:
        """How many scans of the data folder are trained and measured on."""
        return self._views.scans

    def train(self, checkpoint: Path | None, *, stopped: Callable[[], bool]) -> bool:
        """Fine-tune the decoder; returns whether the schedule was finished."""
        if not self.trainer.run(checkpoint, on_step=self._reporter.step, stopped=stopped):
            return False
        self.trainer.load_average()
        self._decoder.requires_grad_(False).eval()
        return True

    def finish(self) -> tuple[Bundle, Verdict]:
        """Train the gate, measure, and write the bundle in one step.

        Raises:
            ForgettingError: The general model would lose too much; nothing is written.
            SAMMoEError: The gate lacks samples of another expert.
        """
        job, bundle = self._job, self._bundle
        general = job.general.views(bundle.card, self.left_out, self._reporter)
        model = model_with_expert(self._model, job.card.id, self._decoder, gate=None)
        gate = updated_gate(
            bundle,
            model,
            self._sources_of_all(),
            general,
            size=bundle.card.input.patch_size,
            samples=job.gate_samples,
            options=job.gate,
            reporter=self._reporter,
        )
        model.gate_network = gate.gate
        verdict = compare(
            self._model,
            model,
            tau_before=thresholds(bundle.card),
            tau_after=gate.tau,
            general=general.held_out,
            tasks={job.card.id: self._views.held_out},
            samples=job.measure.samples,
            clicks=job.measure.clicks,
            size=bundle.card.input.patch_size,
        )
        for line in (gate.line(), *verdict.lines()):
            self._reporter.say(line)
        verdict.check(force=job.measure.force)
        return self._write(model, gate, verdict), verdict

    def _sources_of_all(self) -> dict[str, TwoSources]:
        """Return views of the new task, and of those others that have a folder or scenes."""
        job, bundle = self._job, self._bundle
        scenes = bundle.gate_bank is None and job.general.folder is None
        views = views_of_tasks(
            bundle, job.others, job.general, self.left_out, self._reporter, scenes=scenes
        )
        return {**views, job.card.id: self._views}

    def _described(self, dice: dict[str, float]) -> ExpertCard:
        card = self._job.card
        text = card.trained_on or f"{self.scans_used} labelled scans"
        return replace(card, dice=dice, trained_on=text)

    def _write(self, model: SamMoE, gate: CalibratedGate, verdict: Verdict) -> Bundle:
        job, bundle = self._job, self._bundle
        task, clicks = verdict.tasks[0], job.measure.clicks
        dice = {
            f"{clicks} clicks": round(task.alone, 3),
            f"general, {clicks} clicks": round(task.general, 3),
            "routed to it": round(task.routed, 3),
        }
        card = card_with_expert(bundle.card, self._described(dice))
        return rewrite(
            bundle,
            card_with_thresholds(card, gate.tau),
            new_experts={job.card.id: model.decoder(job.card.id).state_dict()},
            gate=gate.gate,
            bank=gate.bank,
        )


def check_new_id(bundle: Bundle, expert_id: str, *, replace_it: bool) -> None:
    """Check that an id is free, or may be taken again.

    Raises:
        SAMMoEError: The bundle has an expert of this id.
    """
    if expert_id in bundle.card.expert_ids and not replace_it:
        raise SAMMoEError(
            f"the bundle has an expert '{expert_id}' already; choose another --id, or --replace it"
        )
