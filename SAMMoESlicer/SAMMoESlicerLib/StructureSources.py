"""Where the names of structures come from: templates, the model's experts, Slicer itself."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from .Bridge import Structure, Template, findStructures
from .Bridge.Structure import Code
from .ExpertSummary import ExpertSummary
from .HexColor import rgbColor


class StructureSources:
    """Finds structures for a few typed letters.

    Args:
        templateFolder: Holds the templates that come with the module.
        terminologies: Returns what Slicer's terminologies know; asked once, at the first search.
    """

    def __init__(
        self, templateFolder: Path, terminologies: Callable[[], Iterable[Structure]]
    ) -> None:
        self.templates = [Template.read(path) for path in sorted(templateFolder.glob("*.json"))]
        self._terminologies = terminologies
        self._ofSlicer: tuple[Structure, ...] | None = None
        self._experts: tuple[Structure, ...] = ()

    def setExperts(self, experts: Sequence[ExpertSummary]) -> None:
        """Know the structures of the model in use."""
        self._experts = tuple(_ofExpert(expert) for expert in experts)

    def addTemplate(self, template: Template) -> None:
        """Know a template of the user's own; it goes before the others."""
        self.templates.insert(0, template)

    def find(self, text: str) -> Sequence[Structure]:
        """Return what the text may mean, the likeliest first."""
        if self._ofSlicer is None:
            self._ofSlicer = tuple(self._terminologies())
        listed = [structure for template in self.templates for structure in template.structures]
        return findStructures(text, (*listed, *self._experts), further=self._ofSlicer)

    def meant(self, text: str) -> Structure:
        """Return what Enter takes for a text: the likeliest structure, or one called just that."""
        return next(iter(self.find(text)), None) or Structure(text.strip())

    def named(self, name: str) -> Structure | None:
        """Return the structure a segment is named after; 'Liver 2' is a liver."""
        words = name.split()
        plain = " ".join(words[:-1]) if len(words) > 1 and words[-1].isdigit() else name
        for wanted in (name, plain):
            for template in self.templates:
                for structure in template.structures:
                    if structure.name == wanted:
                        return structure
        return None


def _ofExpert(expert: ExpertSummary) -> Structure:
    codes: dict[str, Any] = {
        part: Code(entry["scheme"], entry["value"], entry["meaning"])
        for part, entry in (expert.terminology or {}).items()
        if part in ("category", "type")
    }
    return Structure(expert.name, rgbColor(expert.color), **codes)
