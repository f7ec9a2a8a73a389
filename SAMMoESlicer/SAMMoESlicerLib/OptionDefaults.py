"""Pinning, muting and thresholds as a user likes them, per model; a scene's own values win."""

from dataclasses import replace

from sammoe import PredictOptions
from sammoe.errors import PromptError

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

    def of(self, model: str) -> PredictOptions:
        """Return the defaults for a model; Slicer's settings may hold anything, so also none."""
        try:
            values = self._setting.values().get(model, {})
            return replace(PredictOptions(), **{name: values[name] for name in _KEPT})
        except (KeyError, TypeError, ValueError, PromptError):
            return PredictOptions()

    def keep(self, model: str, options: PredictOptions) -> None:
        """Begin new scenes this way from now on."""
        values = {name: getattr(options, name) for name in _KEPT}
        self._setting.keep(model, values)
