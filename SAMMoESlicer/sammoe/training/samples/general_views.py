"""Views that are nobody's task: a folder of the user's, or synthetic scenes."""

from dataclasses import dataclass
from pathlib import Path

from ...bundle import BundleCard
from ...labelled_scans import LeftOut, ScanFolder
from ..reporter import Reporter
from ..synthetic.scenes import SceneStore
from ..view_batch import ViewSource
from .prepare import cache_folder, prepare, split_cases
from .scan_views import ScanViews
from .synthetic_views import SyntheticViews
from .tasks import TASKS, Task, as_shown, general_wanted

HELD_OUT_SCENES = 100_000
"""Number of the first scene that is only ever measured on."""


@dataclass(frozen=True)
class Views:
    """Views of one kind of objects.

    Attributes:
        train: To fit a decoder to.
        shown: Of the same scans, as the product would look: what the gate learns from.
        held_out: As the product would look, of scans nothing is learnt from.
        identity: What they are of; equal for equal data, wherever it lies.
        scans: How many labelled scans both come from; 0: none, they are synthetic.
    """

    train: ViewSource
    shown: ViewSource
    held_out: ViewSource
    identity: str
    scans: int = 0


@dataclass(frozen=True)
class GeneralData:
    """Where general samples come from.

    Attributes:
        folder: Labelled scans of many structures; None: synthetic scenes.
        scenes: How many synthetic scenes to train on; a third as many are measured on.
        cache: Where resampled scans and scenes are kept; None: the user's cache.
    """

    folder: ScanFolder | None = None
    scenes: int = 60
    cache: Path | None = None

    def views(self, card: BundleCard, left_out: LeftOut, reporter: Reporter) -> Views:
        """Return general views for a bundle, drawing or resampling what is missing.

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
        train, held_out = self._stores(reporter)
        return Views(
            SyntheticViews(train, wanted, card=card.input),
            SyntheticViews(train, as_shown(wanted), card=card.input),
            SyntheticViews(held_out, as_shown(wanted), card=card.input),
            identity=self._scenes_identity,
        )

    def task_views(self, card: BundleCard, reporter: Reporter) -> dict[str, Views]:
        """Return synthetic views for those experts whose task the scenes have."""
        tasks = tasks_of(card)
        if self.folder is not None or not tasks:
            return {}
        train, held_out = self._stores(reporter)
        return {
            task.id: Views(
                SyntheticViews(train, as_shown(task.wanted), card=card.input),
                SyntheticViews(train, as_shown(task.wanted), card=card.input),
                SyntheticViews(held_out, as_shown(task.wanted), card=card.input),
                identity=self._scenes_identity,
            )
            for task in tasks
        }

    @property
    def _scenes_identity(self) -> str:
        return f"{self.scenes} scenes"

    def _stores(self, reporter: Reporter) -> tuple[SceneStore, SceneStore]:
        place = cache_folder(self.cache)
        reporter.say(f"drawing {self.scenes} synthetic scenes, as far as they are missing")
        train = SceneStore(place / f"scenes-{self.scenes}")
        train.fill(range(self.scenes))
        held_out = SceneStore(place / f"scenes-{self.scenes}-held-out")
        held_out.fill(range(HELD_OUT_SCENES, HELD_OUT_SCENES + max(self.scenes // 3, 2)))
        return train, held_out


def tasks_of(card: BundleCard) -> tuple[Task, ...]:
    """Return the synthetic tasks a bundle has experts for."""
    return tuple(task for task in TASKS if task.id in card.expert_ids)


def scan_views(
    folder: ScanFolder,
    card: BundleCard,
    left_out: LeftOut,
    reporter: Reporter,
    *,
    cache: Path | None = None,
) -> Views:
    """Return views of a folder's scans, a fifth of them held out.

    Raises:
        SAMMoEError: The folder cannot be used.
    """
    data = prepare(
        folder,
        card.input,
        left_out=left_out,
        cache=cache,
        on_scan=lambda done, total: reporter.count(f"reading {folder}", done, total),
    )
    train, held_out = split_cases(data.case_names)
    if train == held_out:
        reporter.say(
            f"{folder} has one usable scan: it is trained on and measured on, so the numbers "
            "say nothing of other scans"
        )
    return Views(
        ScanViews(data.part(train).objects, card.input),
        ScanViews(data.part(train).objects, card.input, as_shown=True),
        ScanViews(data.part(held_out).objects, card.input, as_shown=True),
        identity=data.digest,
        scans=len(data.case_names),
    )
