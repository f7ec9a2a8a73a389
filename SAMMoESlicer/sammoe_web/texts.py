"""Captions and tool tips, read from the Slicer panel's own description: both say the same."""

from pathlib import Path
from xml.etree import ElementTree

from sammoe.errors import SAMMoEError


class PanelTexts:
    """Texts of the widgets of `SAMMoESlicer.ui`, by the widgets' names."""

    def __init__(self, path: Path) -> None:
        try:
            root = ElementTree.parse(path).getroot()
        except (OSError, ElementTree.ParseError) as error:
            raise SAMMoEError(f"{path} is not readable ({error}); install again") from error
        self._texts: dict[tuple[str, str], str] = {}
        for widget in root.iter("widget"):
            for given in widget.findall("property"):
                text = given.findtext("string")
                if text:
                    self._texts[widget.get("name", ""), given.get("name", "")] = text

    def caption(self, widget: str) -> str:
        """Return what is written on a widget.

        Raises:
            SAMMoEError: The panel has no such widget, or nothing is written on it.
        """
        return self._text(widget, "text").removesuffix(":")

    def tip(self, widget: str) -> str:
        """Return a widget's tool tip.

        Raises:
            SAMMoEError: The panel has no such widget, or it has no tip.
        """
        return self._text(widget, "toolTip")

    def placeholder(self, widget: str) -> str:
        """Return what is written in an empty field.

        Raises:
            SAMMoEError: The panel has no such widget, or it is no field.
        """
        return self._text(widget, "placeholderText")

    def _text(self, widget: str, kind: str) -> str:
        try:
            return self._texts[widget, kind]
        except KeyError:
            raise SAMMoEError(f"SAMMoESlicer.ui says no {kind} for {widget}") from None
