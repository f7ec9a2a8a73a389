"""What the engine is doing, where, and how long the last click took."""

from typing import Any

from slicer.i18n import tr as _

from ..Engine import Engine, Phase
from .Theme import BAD, GOOD, WARNING, Theme

_DOTS = {
    Phase.OFF: "#8a8f98",
    Phase.STARTING: WARNING,
    Phase.READY: GOOD,
    Phase.WORKING: WARNING,
}


class StatusLine:
    """One line of text, a thin bar while there is work, a button to stop it.

    Args:
        ui: The panel's widgets.
        engine: What is reported on.
        theme: The panel's colours.
    """

    def __init__(self, ui: Any, engine: Engine, theme: Theme) -> None:
        self._ui = ui
        self._engine = engine
        self._theme = theme
        self._style = ""
        ui.cancelButton.connect("clicked()", engine.cancel)

    def refresh(self, *, hasFailed: bool) -> None:
        """Show the engine's state."""
        phase = self._engine.phase
        isBusy = phase in (Phase.STARTING, Phase.WORKING)
        dot = BAD if hasFailed and not isBusy else _DOTS[phase]
        self._ui.statusLabel.text = (
            f'<span style="color:{dot}">●</span>&nbsp; {self._sentence(hasFailed)}'
        )
        self._ui.cancelButton.visible = phase is Phase.WORKING
        self._ui.busyBar.maximum = 0 if isBusy else 1
        style = self._barStyle(isBusy)
        if style != self._style:
            self._style = style
            self._ui.busyBar.setStyleSheet(style)

    def _barStyle(self, isBusy: bool) -> str:
        ground = self._theme.trough if isBusy else "transparent"
        chunk = GOOD if isBusy else "transparent"
        return (
            f"QProgressBar {{ border: none; border-radius: 2px; background: {ground}; }}"
            f"QProgressBar::chunk {{ background: {chunk}; border-radius: 2px; }}"
        )

    def _sentence(self, hasFailed: bool) -> str:
        phase = self._engine.phase
        if phase is Phase.OFF and hasFailed:
            return _("The model has stopped")
        if phase is Phase.OFF:
            return _("The model starts with the first prompt")
        if phase is Phase.STARTING:
            return _("Starting the model …")
        if phase is Phase.WORKING:
            return self._stage()
        parts = [_("Ready"), self._device()]
        if self._engine.lastClick_ms is not None:
            parts.append(_("last click {s:.1f} s").format(s=self._engine.lastClick_ms / 1e3))
        memory_mb = self._engine.info.get("peak_memory_mb")
        if memory_mb:
            parts.append(_("{gb:.1f} GB").format(gb=memory_mb / 1024))
        return " · ".join(part for part in parts if part)

    def _stage(self) -> str:
        sentences = {
            "load": _("Loading the model …"),
            "volume": _("Sending the volume …"),
            "extract": _("Reading the region …"),
            "encode": _("Looking at the region …"),
            "gate": _("Choosing the expert …"),
            "decode": _("Drawing the mask …"),
            "fuse": _("Drawing the mask …"),
            "paste": _("Placing the mask …"),
        }
        return sentences.get(self._engine.stage, _("Working …"))

    def _device(self) -> str:
        device = str(self._engine.info.get("device", ""))
        return device.upper() if device in ("cpu", "mps") else device
