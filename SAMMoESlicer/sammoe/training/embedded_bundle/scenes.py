"""The bodies of the recipe, and the views of every task into them."""

from dataclasses import dataclass, replace
from pathlib import Path

from ...labelled_scans import ScanFolder
from ...options import GENERAL
from ..anatomy.atlas import Atlas
from ..anatomy.bodies import bodies
from ..anatomy.wanted import Wanted, as_shown
from ..loop.workshop import Workshop
from ..samples.body_views import BodyViews
from ..samples.framing import Framing
from ..samples.general_views import Fold, Views, places_beside, scan_folds, scan_views
from ..samples.mixed_views import MixedViews
from ..samples.tasks import MOSTLY_CT, TUMOUR, general_wanted
from ..view_batch import ViewSource
from .card import new_card
from .recipe import EmbeddedRecipe

TESTED_SCENES = 100_000
"""Number of the first scene nothing is trained on."""
PAINTED_TUMOURS = 0.25
"""Of a tumour expert's views: masses in every part of a body, not only in limbs."""
BESIDE_TUMOURS = 0.3
"""Of nobody's views: places of patients' scans that are no tumour."""
TISSUE_LOOKS = {Framing.FIRST: 0.45, Framing.FITTED: 0.4, Framing.ODD: 0.15}


@dataclass(frozen=True)
class RecipeViews:
    """What every stage of the recipe looks at.

    Attributes:
        anything: Objects of every sort, turned and deformed, for the general model.
        boxed: The same around boxes, for the second general decoder.
        tissue: Mostly as the product looks and mostly CT, for the tissue network.
        tasks: Of every expert's task, and of nobody's as 'general'; held out are whole bodies.
        tuned: The same for the cuts; 'general' is any object there.
        identity: What they are of.
        held_out: The bodies nothing is trained on.
        tumour_folds: The patients of the tumour expert, divided; empty: it learns to the end.
        scans: How many scans of patients are among them.
    """

    anything: ViewSource
    boxed: ViewSource
    tissue: ViewSource
    tasks: dict[str, Views]
    tuned: dict[str, ViewSource]
    identity: str
    held_out: Atlas
    tumour_folds: tuple[Fold, ...] = ()
    scans: int = 0


def recipe_views(
    workshop: Workshop,
    recipe: EmbeddedRecipe,
    *,
    anatomy: Path | None,
    tumours: ScanFolder | None = None,
) -> RecipeViews:
    """Return the views of a recipe, made on the workshop's device.

    Args:
        workshop: Told how far it is.
        recipe: How many scenes.
        anatomy: Folder of the label maps; None: geometric scenes alone.
        tumours: Patients' scans with labelled tumours; None: none.
    """
    train = _atlas(workshop, anatomy, range(recipe.scenes), held_out=False)
    tested_scenes = range(TESTED_SCENES, TESTED_SCENES + recipe.tested_scenes)
    tested = _atlas(workshop, anatomy, tested_scenes, held_out=True)
    wanted = {task.id: task.wanted for task in recipe.tasks}
    wanted[GENERAL] = general_wanted(recipe.tasks)
    identity = f"{'anatomy, ' if anatomy else ''}{recipe.scenes} scenes"
    tasks = {
        name: Views(
            BodyViews(train, what),
            BodyViews(train, as_shown(what)),
            BodyViews(tested, as_shown(what)),
            identity,
        )
        for name, what in wanted.items()
    }
    tuned: dict[str, ViewSource] = {
        name: BodyViews(tested, as_shown(what))
        for name, what in {**wanted, GENERAL: Wanted()}.items()
    }
    scans, folds = 0, list[Fold]()
    if tumours is not None:
        about = (tumours, new_card(recipe), workshop.left_out, workshop.reporter)
        real = scan_views(*about, cache=workshop.folder)
        beside = places_beside(*about, cache=workshop.folder)
        if recipe.tumour_folds:
            folds = scan_folds(*about, count=recipe.tumour_folds, cache=workshop.folder)
        painted = tasks[TUMOUR].train
        folds = [replace(f, train=_mix(f.train, painted, PAINTED_TUMOURS)) for f in folds]
        tasks[TUMOUR] = _mixed(real, tasks[TUMOUR], PAINTED_TUMOURS)
        tasks[GENERAL] = _mixed(tasks[GENERAL], beside, BESIDE_TUMOURS)
        tuned[TUMOUR] = real.held_out
        identity, scans = f"{identity}, {real.identity}", real.scans
    return RecipeViews(
        anything=BodyViews(train),
        boxed=BodyViews(train, Wanted(framing={Framing.BOXED: 1.0})),
        tissue=BodyViews(train, Wanted(modalities=MOSTLY_CT, framing=TISSUE_LOOKS)),
        tasks=tasks,
        tuned=tuned,
        identity=identity,
        held_out=tested,
        tumour_folds=tuple(folds),
        scans=scans,
    )


def _mixed(views: Views, others: Views, share: float) -> Views:
    """Return views of which a share are others; what is measured on is not mixed."""
    return replace(
        views,
        train=_mix(views.train, others.train, share),
        shown=_mix(views.shown, others.shown, share),
    )


def _mix(own: ViewSource, other: ViewSource, share: float) -> ViewSource:
    return MixedViews([own, other], [1.0 - share, share])


def _atlas(workshop: Workshop, anatomy: Path | None, scenes: range, *, held_out: bool) -> Atlas:
    return bodies(
        anatomy,
        held_out=held_out,
        scenes=scenes,
        device=workshop.device,
        cache=workshop.folder,
        on_map=lambda done, total: workshop.reporter.count("reading bodies", done, total),
    )
