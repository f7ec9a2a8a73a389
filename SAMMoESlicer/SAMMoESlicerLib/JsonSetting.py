"""One of Slicer's settings that holds values by name, as JSON."""

import json
from typing import Any

from .WorkerSettings import Store


class JsonSetting:
    """Values by name under one key.

    Args:
        store: Keeps them between sessions, QSettings.
        key: The setting's.
    """

    def __init__(self, store: Store, key: str) -> None:
        self._store = store
        self._key = key

    def values(self) -> dict[str, Any]:
        """Return all of them; nothing where the setting makes no sense."""
        try:
            values = json.loads(self._store.value(self._key) or "{}")
        except (TypeError, ValueError):
            return {}
        return values if isinstance(values, dict) else {}

    def keep(self, name: str, value: Any) -> None:
        """Keep one value beside the others."""
        self._store.setValue(self._key, json.dumps({**self.values(), name: value}))
