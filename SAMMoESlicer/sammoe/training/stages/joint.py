"""Gate and experts trained together (paper 2.3): a step updates the gate and one expert."""

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import torch

from ...bundle import Bundle, build_model
from ...errors import SAMMoEError
from ...labelled_scans import LeftOut, ScanFolder
from ..gate.update import CalibratedGate, GateSamples, calibrated, gate_prompts
from ..loop.processes import Processes
from ..loop.reporter import Reporter
from ..loop.schedule import TrainingOptions
from ..loop.trainer import Trainer
from ..objectives.joint import JointObjective
from ..samples.general_views import GeneralData
from ..samples.task_views import TaskViews, views_of_tasks
from .bundle_update import card_with_thresholds, rewrite
from .expert import MeasureOptions, fitted_options
from .gate import judged
from .no_forgetting import Verdict


@dataclass(frozen=True)
class JointJob:
    """A joint training.

    Attributes:
        tasks: Folders of experts' tasks by id; without any, synthetic scenes where they fit.
        general: Where general samples come from.
        training: Length, rate, batch.
        samples: How many prompts the thresholds are calibrated with.
        measure: How much is measured.
    """

    tasks: dict[str, ScanFolder] = field(default_factory=dict)
    general: GeneralData = field(default_factory=GeneralData)
    training: TrainingOptions = field(default_factory=TrainingOptions)
    samples: GateSamples = field(default_factory=GateSamples)
    measure: MeasureOptions = field(default_factory=MeasureOptions)


class JointTraining:
    """The stages of a joint training.

    Args:
        bundle: With experts and a gate.
        job: What to do.
        device: Where.
        processes: This process among those `torchrun` started.
        reporter: Told how far it is.

    Raises:
        SAMMoEError: No gate, or an expert without views of its task.
    """

    def __init__(
        self,
        bundle: Bundle,
        job: JointJob,
        *,
        device: torch.device,
        processes: Processes,
        reporter: Reporter,
    ) -> None:
        if not bundle.card.has_gate or not bundle.card.experts:
            raise SAMMoEError(f"{bundle.path} has no gate to train; use sammoe train-gate first")
        self.left_out = LeftOut()
        self._bundle = bundle
        self._job = job
        self._reporter = reporter
        self._before = build_model(bundle, device)
        self._model = copy.deepcopy(self._before)
        self._general = job.general.views(bundle.card, self.left_out, reporter)
        self._tasks = views_of_tasks(
            bundle, job.tasks, job.general, self.left_out, reporter,
            scenes=job.general.folder is None,
        )  # fmt: skip
        ids = bundle.card.expert_ids
        if missing := [expert_id for expert_id in ids if expert_id not in self._tasks]:
            raise SAMMoEError(
                f"there are no views of the task of {', '.join(missing)}; name a folder for each: "
                "--task ID=DIR"
            )
        sources = [self._tasks[expert_id].train for expert_id in ids]
        columns = list(range(len(ids) + 1))
        self.trainer = Trainer(
            JointObjective(self._model, class_of={column: column for column in columns}),
            TaskViews([*sources, self._general.train], columns),
            options=fitted_options(bundle.card, job.training),
            processes=processes,
            identity=f"joint {bundle.card.files} "
            f"{[(i, self._tasks[i].identity) for i in ids]} {self._general.identity}",
        )

    def train(self, checkpoint: Path | None, *, stopped: Callable[[], bool]) -> bool:
        """Train gate and experts; returns whether the schedule was finished."""
        if not self.trainer.run(checkpoint, on_step=self._reporter.step, stopped=stopped):
            return False
        self.trainer.load_average()
        self._model.requires_grad_(False).eval()
        return True

    def finish(self) -> tuple[Bundle, Verdict]:
        """Calibrate, measure, and write gate and experts in one step.

        Raises:
            ForgettingError: The general model would lose too much; nothing is written.
        """
        bundle, model, job = self._bundle, self._model, self._job
        gate = self._calibrated()
        verdict = judged(
            bundle, self._before, model, gate, self._general, self._tasks, measure=job.measure
        )
        for line in (gate.line(), *verdict.lines()):
            self._reporter.say(line)
        verdict.check(force=job.measure.force)
        written = rewrite(
            bundle,
            card_with_thresholds(bundle.card, gate.tau),
            new_experts={i: model.decoder(i).state_dict() for i in model.expert_ids},
            gate=gate.gate,
            bank=gate.bank,
        )
        return written, verdict

    def _calibrated(self) -> CalibratedGate:
        prompts = gate_prompts(
            self._bundle,
            self._model,
            self._tasks,
            self._general,
            size=self._bundle.card.input.patch_size,
            samples=self._job.samples,
            reporter=self._reporter,
        )
        assert self._model.gate_network is not None
        return calibrated(self._bundle, self._model.gate_network, self._model, prompts, None)
