"""Pinning, muting and thresholds as a user likes them, per model; a scene's own values win."""

import json
from dataclasses import replace
from typing import Any

from sammoe import PredictOptions
from sammoe.errors import PromptError

from .WorkerSettings import Store

_KEY = "SAMMoE/Defaults"
_KEPT = ("expert", "tau", "muted", "follow")


class OptionDefaults:
    """What new scenes begin with.

    Args:
        store: Keeps it between sessions, QSettings.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def of(self, model: str) -> PredictOptions:
        """Return the defaults for a model; Slicer's settings may hold anything, so also none."""
        try:
            values = self._all().get(model, {})
            return replace(PredictOptions(), **{name: values[name] for name in _KEPT})
        except (KeyError, TypeError, ValueError, PromptError):
            return PredictOptions()

    def keep(self, model: str, options: PredictOptions) -> None:
        """Begin new scenes this way from now on."""
        values = {name: getattr(options, name) for name in _KEPT}
        self._store.setValue(_KEY, json.dumps({**self._all(), model: values}))

    def _all(self) -> dict[str, Any]:
        try:
            values = json.loads(self._store.value(_KEY) or "{}")
        except (TypeError, ValueError):
            return {}
        return values if isinstance(values, dict) else {}
