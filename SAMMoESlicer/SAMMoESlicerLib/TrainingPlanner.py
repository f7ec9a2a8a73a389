"""What can be trained from the user's examples: plans, names with codes, and how long it takes."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sammoe.bundle import default_bundle_path
from sammoe.errors import SAMMoEError

from .Bridge import Structure
from .BundleChoice import BundleChoice
from .Teaching import LEAST_EXAMPLES, Teaching
from .TrainingPace import KnownPaces, TrainingPace
from .TrainingPlan import TrainingPlan, expertIdOf
from .Translation import tr as _
from .WorkerSettings import Store


class TrainingPlanner:
    """Makes plans for the model in use.

    Args:
        teaching: Where the examples are.
        choice: The model that gets the expert.
        store: Keeps how fast this computer trains.
        structureNamed: Returns what is called so, with its codes, or None.
    """

    def __init__(
        self,
        teaching: Teaching,
        choice: BundleChoice,
        store: Store,
        structureNamed: Callable[[str], Structure | None],
    ) -> None:
        self._teaching = teaching
        self._choice = choice
        self._paces = KnownPaces(store)
        self._structureNamed = structureNamed
        self._changes: dict[str, Any] = {}

    def change(self, **changes: Any) -> None:
        """Train otherwise than by default from now on, e.g. with fewer `steps`.

        Args:
            changes: Fields of `TrainingPlan`.
        """
        self._changes = changes

    @property
    def structures(self) -> list[str]:
        """The structures with enough examples."""
        counts = self._teaching.counts.items()
        return [name for name, count in counts if count >= LEAST_EXAMPLES]

    def plan(self, name: str) -> TrainingPlan:
        """Return what is trained for a structure.

        Raises:
            SAMMoEError: Its name is none for an expert, a record cannot be read, or there is no
                built-in model.
        """
        store = self._teaching.store
        if store is None:
            raise SAMMoEError(_("no folder for examples is chosen"))
        plan = TrainingPlan(
            name,
            data=str(store.folder),
            bundle=self._choice.settings.bundle or str(default_bundle_path()),
            code=_typeOf(store.terminology(name)),
            scans=self._teaching.counts[name],
            replaces=self._hasExpert(name),
        )
        return replace(plan, **self._changes)

    def named(self, plan: TrainingPlan, title: str) -> TrainingPlan:
        """Return a plan for an expert that is called so, with the codes of what is called so.

        Raises:
            SAMMoEError: It is no name for an expert.
        """
        known = self._structureNamed(title)
        code = plan.code if known is None else _typeOf(known.terminologyEntry)
        return replace(plan, title=title, code=code, replaces=self._hasExpert(title))

    @property
    def pace(self) -> TrainingPace | None:
        """How fast this computer trains such a model; None where nobody has measured it."""
        return self._paces.of(self._architecture)

    def keepPace(self, pace: TrainingPace) -> None:
        """Remember what was measured."""
        self._paces.keep(self._architecture, pace)

    @property
    def _architecture(self) -> str:
        card = self._choice.card()
        return card.architecture if card is not None else ""

    def _hasExpert(self, name: str) -> bool:
        card = self._choice.card()
        return card is not None and expertIdOf(name) in card.expert_ids


def _typeOf(terminology: str) -> str:
    """Return SCHEME^VALUE^MEANING of Slicer's terminology entry; empty where it is not coded."""
    parts = terminology.split("~")
    code = parts[2] if len(parts) > 2 else ""
    return code if len(code.split("^")) == 3 and all(code.split("^")) else ""
