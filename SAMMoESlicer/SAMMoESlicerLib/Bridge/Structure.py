"""An anatomical structure by name: what it is called, coloured and coded."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import slicer
import vtk

from sammoe.errors import PromptError

CONTEXT = "Segmentation category and type - 3D Slicer General Anatomy list"
REGIONS = "Anatomic codes - DICOM master list"


class Code(NamedTuple):
    """One coded concept as DICOM writes it: scheme (SCT is SNOMED CT), value, meaning."""

    scheme: str
    value: str
    meaning: str


ANATOMY = Code("SCT", "123037004", "Anatomical Structure")


@dataclass(frozen=True)
class Structure:
    """What a segment can be.

    Attributes:
        name: As the user knows it.
        color: Red, green, blue, each 0..1; None keeps the segment's.
        type: What it is; None where it is not coded.
        category: What kind of thing that is.
        modifier: E.g. the side.
        region: Where it is, if that is another structure.
        regionModifier: E.g. the side of that.
        mostMl: The most that an adult usually has of it, millilitres; None where nobody knows.
    """

    name: str
    color: tuple[float, float, float] | None = None
    type: Code | None = None
    category: Code = ANATOMY
    modifier: Code | None = None
    region: Code | None = None
    regionModifier: Code | None = None
    mostMl: float | None = None

    @classmethod
    def fromJson(cls, values: dict[str, Any]) -> "Structure":
        """Return what one entry of a template says; only the name is needed.

        Raises:
            KeyError, TypeError, ValueError: It is no such entry.
        """
        codes: dict[str, Any] = {
            part: Code(*map(str, values[part]))
            for part in ("type", "category", "modifier", "region", "regionModifier")
            if values.get(part)
        }
        color = values.get("color")
        if color is not None:
            red, green, blue = (min(max(float(part), 0.0), 1.0) for part in color)
            color = (red, green, blue)
        mostMl = values.get("most_ml")
        return cls(
            str(values["name"]), color, mostMl=None if mostMl is None else float(mostMl), **codes
        )

    @classmethod
    def ofSegment(cls, segment: Any) -> "Structure | None":
        """Return what a vtkSegment's codes say it is; None where it is not coded."""
        text = vtk.reference("")
        if not segment.GetTag(slicer.vtkSegment.GetTerminologyEntryTagName(), text):
            return None
        parts = [Code(*part.split("^")) for part in str(text).split("~") if part.count("^") == 2]
        if len(parts) != 5 or not parts[0].value or not parts[1].value:
            return None
        category, kind, modifier, region, regionModifier = (
            part if part.value else None for part in parts
        )
        return cls(
            segment.GetName(),
            segment.GetColor(),
            type=kind,
            category=category or ANATOMY,
            modifier=modifier,
            region=region,
            regionModifier=regionModifier,
        )

    @property
    def terminologyEntry(self) -> str:
        """The codes as Slicer stores them on a segment; empty without."""
        if self.type is None:
            return ""
        what = "~".join(_joined(code) for code in (self.category, self.type, self.modifier))
        where = "~".join(_joined(code) for code in (self.region, self.regionModifier))
        return f"{CONTEXT}~{what}~{REGIONS}~{where}"

    def applyTo(self, segment: Any) -> None:
        """Name, colour and code a vtkSegment."""
        segment.SetName(self.name)
        if self.color is not None:
            segment.SetColor(*self.color)
        if self.type is not None:
            segment.SetTag(slicer.vtkSegment.GetTerminologyEntryTagName(), self.terminologyEntry)


@dataclass(frozen=True)
class Template:
    """A worklist: structures in the order in which they are segmented.

    Attributes:
        name: On the menu.
        structures: The rows.
    """

    name: str
    structures: tuple[Structure, ...]

    @classmethod
    def read(cls, path: Path) -> "Template":
        """Read a JSON file with a `name` and `structures`.

        Raises:
            PromptError: It cannot be read; the message says what is expected.
        """
        try:
            values = json.loads(path.read_text("utf-8"))
            structures = tuple(Structure.fromJson(entry) for entry in values["structures"])
            return cls(str(values.get("name", path.stem)), structures)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise PromptError(
                f"{path.name} is no template: JSON with a list 'structures' is expected, each with "
                "a 'name' and, if you like, 'color' [r, g, b] and 'type' [scheme, code, meaning]"
            ) from error


def findStructures(
    text: str,
    structures: Iterable[Structure],
    *,
    further: Iterable[Structure] = (),
    most: int = 20,
) -> Sequence[Structure]:
    """Return the structures that a few typed letters may mean, the likeliest first.

    The whole name goes before its beginning, that before the beginning of a word, that before the
    middle of one; within each the usual structures go before the others (in Slicer's lists 'li' is
    a lip before it is a liver), then the shorter name, then the earlier one.

    Args:
        text: What was typed.
        structures: The usual ones.
        further: The others.
        most: How many are returned.
    """
    wanted = text.strip().casefold()
    if not wanted:
        return ()
    found: dict[str, tuple[int, bool, int, int, Structure]] = {}
    candidates = chain(((False, one) for one in structures), ((True, one) for one in further))
    for order, (isFurther, structure) in enumerate(candidates):
        name = structure.name.casefold()
        rank = _rank(wanted, name)
        if rank is not None and name not in found:
            found[name] = rank, isFurther, len(name), order, structure
    return [found[4] for found in sorted(found.values(), key=lambda f: f[:4])[:most]]


def _rank(wanted: str, name: str) -> int | None:
    if name.startswith(wanted):
        return int(name != wanted)
    parts, words = wanted.split(), name.split()
    if all(part in words for part in parts[:-1]) and any(w.startswith(parts[-1]) for w in words):
        return 2
    if all(any(word.startswith(part) for word in words) for part in parts):
        return 3
    return 4 if wanted in name else None


def _joined(code: Code | None) -> str:
    return "^".join(code or ("", "", ""))
