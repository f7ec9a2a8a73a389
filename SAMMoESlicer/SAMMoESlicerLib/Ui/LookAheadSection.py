"""The choice whether the model looks where the mouse rests, before there is a click."""

from typing import Any

from ..LookAhead import LookAhead
from ..WorkerSettings import Store

KEY = "SAMMoE/LookAhead"


class LookAheadSection:
    """One check box, kept by the user's settings.

    Args:
        ui: The panel's widgets.
        lookAhead: What is switched on and off.
        store: The user's settings.
    """

    def __init__(self, ui: Any, lookAhead: LookAhead, store: Store) -> None:
        self._lookAhead = lookAhead
        self._store = store
        kept = store.value(KEY)
        lookAhead.isOn = kept is None or str(kept).lower() == "true"
        ui.lookAheadCheckBox.checked = lookAhead.isOn
        ui.lookAheadCheckBox.connect("toggled(bool)", self._onToggled)

    def _onToggled(self, on: bool) -> None:
        self._lookAhead.isOn = on
        self._store.setValue(KEY, on)
