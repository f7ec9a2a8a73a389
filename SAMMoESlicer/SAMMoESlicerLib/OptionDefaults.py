"""Pinning, muting and thresholds as a user likes them, per model; a scene's own values win."""

from collections.abc import Collection
from dataclasses import replace

from sammoe import PredictOptions
from sammoe.errors import PromptError

from .ExpertChoice import withoutLostPin
from .JsonSetting import JsonSetting
from .WorkerSettings import Store

_KEY = "SAMMoE/Defaults"
_KEPT = ("expert", "tau", "muted", "follow")


class OptionDefaults:
    """What new scenes begin with.

    Args:
        store: Keeps it between sessions, QSettings.
    """

    def __init__(self, store: Store) -> None:
        self._setting = JsonSetting(store, _KEY)

    def of(self, model: str, *, expertIds: Collection[str] | None = None) -> PredictOptions:
        """Return the defaults for a model; Slicer's settings may hold anything, so also none.

        Args:
            model: Its name.
            expertIds: Its experts: one that it had before and has no more is not pinned. None:
                nobody knows them.
        """
        try:
            values = self._setting.values().get(model, {})
            kept = replace(PredictOptions(), **{name: values[name] for name in _KEPT})
        except (KeyError, TypeError, ValueError, PromptError):
            return PredictOptions()
        return kept if expertIds is None else withoutLostPin(kept, expertIds)

    def keep(self, model: str, options: PredictOptions) -> None:
        """Begin new scenes this way from now on."""
        values = {name: getattr(options, name) for name in _KEPT}
        self._setting.keep(model, values)
