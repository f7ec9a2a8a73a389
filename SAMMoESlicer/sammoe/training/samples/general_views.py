"""Views that are nobody's task: a folder of the user's, or bodies that come with the project."""

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import torch

from ...bundle import BundleCard, InputCard
from ...labelled_scans import LeftOut, ScanFolder
from ..anatomy.atlas import Atlas
from ..anatomy.bodies import anatomy_path, bodies
from ..anatomy.wanted import as_shown
from ..reporter import Reporter
from ..view_batch import ViewSource
from .beside_views import BesideViews
from .body_views import BodyViews
from .prepare import PreparedData, cache_folder, prepare
from .scan_views import ScanViews
from .tasks import TASKS, Task, general_wanted

HELD_OUT_SCENES = 100_000
"""Number of the first scene that is only ever measured on."""
CUT_SHORT = 0.35
"""Share of views in which a labelled scan ends near the object."""


@dataclass(frozen=True)
class Views:
    """Views of one kind of objects.

    Attributes:
        train: To fit a decoder to.
        shown: Of the same scans, as the product would look: what the gate learns from.
        held_out: As the product would look, of scans nothing is learnt from.
        identity: What they are of; equal for equal data, wherever it lies.
        scans: How many labelled scans both come from; 0: none, they are of bodies.
    """

    train: ViewSource
    shown: ViewSource
    held_out: ViewSource
    identity: str
    scans: int = 0


@dataclass(frozen=True)
class Fold:
    """A part of the patients to measure on, and all others to train on.

    Attributes:
        train: To fit a decoder to.
        held_out: As the product would look.
    """

    train: ViewSource
    held_out: ViewSource


@dataclass(frozen=True)
class GeneralData:
    """Where general samples come from.

    Attributes:
        folder: Labelled scans of many structures; None: bodies.
        scenes: How many geometric scenes join the label maps of real anatomy to train on; a third
            as many are measured on.
        anatomy: Folder of those label maps; None: geometric scenes alone.
        cache: Where resampled scans are kept; None: the user's cache.
    """

    folder: ScanFolder | None = None
    scenes: int = 40
    anatomy: Path | None = field(default_factory=anatomy_path)
    cache: Path | None = None

    def views(self, card: BundleCard, left_out: LeftOut, reporter: Reporter) -> Views:
        """Return general views for a bundle, reading or resampling what is needed.

        Args:
            card: The bundle's.
            left_out: Told of scans that cannot be used.
            reporter: Told how far it is.

        Raises:
            SAMMoEError: The folder cannot be used.
        """
        if self.folder is not None:
            return scan_views(self.folder, card, left_out, reporter, cache=self.cache)
        wanted = general_wanted(tasks_of(card))
        train, held_out = self._bodies(reporter)
        return Views(
            BodyViews(train, wanted, card=card.input),
            BodyViews(train, as_shown(wanted), card=card.input),
            BodyViews(held_out, as_shown(wanted), card=card.input),
            identity=self._identity,
        )

    def task_views(self, card: BundleCard, reporter: Reporter) -> dict[str, Views]:
        """Return views of bodies for those experts whose task they show."""
        tasks = tasks_of(card)
        if self.folder is not None or not tasks:
            return {}
        train, held_out = self._bodies(reporter)
        return {
            task.id: Views(
                BodyViews(train, task.wanted, card=card.input),
                BodyViews(train, as_shown(task.wanted), card=card.input),
                BodyViews(held_out, as_shown(task.wanted), card=card.input),
                identity=self._identity,
            )
            for task in tasks
        }

    @property
    def _identity(self) -> str:
        return f"{'anatomy and ' if self.anatomy else ''}{self.scenes} scenes"

    def _bodies(self, reporter: Reporter) -> tuple[Atlas, Atlas]:
        reporter.say(f"reading {self._identity}")
        return _both_parts(self.anatomy, self.scenes, cache_folder(self.cache))


@lru_cache(maxsize=1)
def _both_parts(anatomy: Path | None, scenes: int, cache: Path) -> tuple[Atlas, Atlas]:
    """Return bodies to train on and bodies held out; kept, because every task looks at them."""
    cpu = torch.device("cpu")
    held_out = range(HELD_OUT_SCENES, HELD_OUT_SCENES + max(scenes // 3, 2))
    return (
        bodies(anatomy, held_out=False, scenes=range(scenes), device=cpu, cache=cache),
        bodies(anatomy, held_out=True, scenes=held_out, device=cpu, cache=cache),
    )


def tasks_of(card: BundleCard) -> tuple[Task, ...]:
    """Return the tasks of `TASKS` a bundle has experts for."""
    return tuple(task for task in TASKS if task.id in card.expert_ids)


def scan_views(
    folder: ScanFolder,
    card: BundleCard,
    left_out: LeftOut,
    reporter: Reporter,
    *,
    cache: Path | None = None,
) -> Views:
    """Return views of a folder's scans, those of a fifth of the patients held out.

    Raises:
        SAMMoEError: The folder cannot be used.
    """
    train, held_out = _prepared(folder, card.input, left_out, reporter, cache)
    if train.case_names == held_out.case_names:
        reporter.say(
            f"{folder} has scans of one patient: they are trained on and measured on, so the "
            "numbers say nothing of other patients"
        )
    reporter.say(f"measured on: {', '.join(held_out.case_names)}")
    return Views(
        ScanViews(train.objects, card.input, cut_short=CUT_SHORT),
        ScanViews(train.objects, card.input, as_shown=True, cut_short=CUT_SHORT),
        ScanViews(held_out.objects, card.input, as_shown=True),
        identity=f"{train.digest} {held_out.digest}",
        scans=len({*train.case_names, *held_out.case_names}),
    )


def scan_folds(
    folder: ScanFolder,
    card: BundleCard,
    left_out: LeftOut,
    reporter: Reporter,
    *,
    count: int,
    cache: Path | None = None,
) -> list[Fold]:
    """Return the patients that `scan_views` trains on, divided into `count` folds.

    Raises:
        SAMMoEError: The folder cannot be used, or holds fewer patients than that to train on.
    """
    learnt, _ = _prepared(folder, card.input, left_out, reporter, cache)
    return [
        Fold(
            ScanViews(train.objects, card.input, cut_short=CUT_SHORT),
            ScanViews(held_out.objects, card.input, as_shown=True),
        )
        for train, held_out in learnt.folds(count)
    ]


def places_beside(
    folder: ScanFolder,
    card: BundleCard,
    left_out: LeftOut,
    reporter: Reporter,
    *,
    cache: Path | None = None,
) -> Views:
    """Return views of places beside the labelled objects of a folder, split as its scans are.

    Raises:
        SAMMoEError: The folder cannot be used.
    """
    train, held_out = _prepared(folder, card.input, left_out, reporter, cache)
    seen = BesideViews(train.objects, card.input)
    return Views(
        seen, seen, BesideViews(held_out.objects, card.input), identity=f"beside {train.digest}"
    )


def _prepared(
    folder: ScanFolder,
    card: InputCard,
    left_out: LeftOut,
    reporter: Reporter,
    cache: Path | None,
) -> tuple[PreparedData, PreparedData]:
    return prepare(
        folder,
        card,
        left_out=left_out,
        cache=cache,
        on_scan=lambda done, total: reporter.count(f"reading {folder}", done, total),
    ).split()
