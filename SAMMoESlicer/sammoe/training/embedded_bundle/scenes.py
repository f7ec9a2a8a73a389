"""The scenes of the recipe, and the views of every task into them."""

from dataclasses import dataclass

from ...options import GENERAL
from ..loop.workshop import Workshop
from ..samples.general_views import Views
from ..samples.synthetic_views import SyntheticViews
from ..samples.tasks import as_shown, general_wanted
from ..synthetic.scenes import SceneStore
from ..synthetic.views import Wanted
from ..view_batch import ViewSource
from .recipe import EmbeddedRecipe

TESTED_SCENES = 100_000
"""Number of the first scene nothing is trained on."""
TUNED_SCENES = 200_000
"""Number of the first scene the masks' cuts are set on."""
TISSUE_CT_SHARE = 0.8


@dataclass(frozen=True)
class RecipeViews:
    """What every stage of the recipe looks at.

    Attributes:
        anything: Objects of every sort, turned and stretched, for the general model.
        tissue: As the product looks, mostly CT, for the tissue network.
        tasks: Of every expert's task, and of nobody's as 'general', as the product looks.
        tuned: The same in scenes for the cuts alone; 'general' is any object there.
        scenes: How many scenes are trained on.
    """

    anything: ViewSource
    tissue: ViewSource
    tasks: dict[str, Views]
    tuned: dict[str, ViewSource]
    scenes: int


def recipe_views(workshop: Workshop, recipe: EmbeddedRecipe) -> RecipeViews:
    """Return the views of a recipe; scenes that are missing are drawn by all processes."""
    train = _store(workshop, "scenes", 0, recipe.scenes)
    tested = _store(workshop, "tested-scenes", TESTED_SCENES, recipe.tested_scenes)
    tuned = _store(workshop, "tuned-scenes", TUNED_SCENES, recipe.tuned_scenes)
    wanted = {task.id: as_shown(task.wanted) for task in recipe.tasks}
    wanted[GENERAL] = as_shown(general_wanted(recipe.tasks))
    identity = f"{recipe.scenes} scenes"
    return RecipeViews(
        anything=SyntheticViews(train),
        tissue=SyntheticViews(train, as_shown(Wanted(ct_share=TISSUE_CT_SHARE))),
        tasks={
            name: Views(
                SyntheticViews(train, what),
                SyntheticViews(train, what),
                SyntheticViews(tested, what),
                identity,
            )
            for name, what in wanted.items()
        },
        tuned={
            name: SyntheticViews(tuned, what)
            for name, what in {**wanted, GENERAL: as_shown()}.items()
        },
        scenes=len(train),
    )


def _store(workshop: Workshop, name: str, first: int, count: int) -> SceneStore:
    """Return a store of scenes, drawn by all processes where they are missing."""
    SceneStore(workshop.folder / name).fill(workshop.share(range(first, first + count)))
    workshop.processes.wait()
    return SceneStore(workshop.folder / name)
