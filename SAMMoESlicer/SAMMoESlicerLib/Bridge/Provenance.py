"""How a segment came about, as tags on the segment: saved, shown and replayable."""

from dataclasses import dataclass
from typing import Any

import vtk

from sammoe import provenance
from sammoe.errors import PromptError

from .PromptJson import promptsFromJson, promptsToJson
from .PromptState import PromptState


@dataclass(frozen=True)
class Provenance(provenance.Provenance):
    """The record of `sammoe`, with prompts as the session has them.

    Attributes:
        prompts: Clicks and hand work in their order, box and earlier mask; positions are world RAS
            mm.
    """

    prompts: PromptState

    def writeTo(self, segment: Any) -> None:
        """Set one tag a field on a vtkSegment; each value is JSON."""
        for tag, text in self.to_tags().items():
            segment.SetTag(tag, text)

    @classmethod
    def readFrom(cls, segment: Any) -> "Provenance | None":
        """Return what the tags of a vtkSegment say; None where the segment is not ours.

        Raises:
            PromptError: The tags were altered and cannot be read.
        """
        return cls.from_tags(cls.tagsOf(segment))

    @classmethod
    def readIfSound(cls, segment: Any) -> "Provenance | None":
        """Return what the tags of a vtkSegment say; None also where that cannot be read."""
        try:
            return cls.readFrom(segment)
        except PromptError:
            return None

    @classmethod
    def tagsOf(cls, segment: Any) -> dict[str, str]:
        """Return all our tags of a vtkSegment as they are."""
        texts = {tag: tagOf(segment, tag) for tag in cls.tag_names().values()}
        return {tag: text for tag, text in texts.items() if text is not None}

    def prompts_as_json(self) -> Any:
        """Return the prompts as values that JSON knows."""
        return promptsToJson(self.prompts)

    @classmethod
    def prompts_from(cls, values: Any) -> PromptState:
        """Return the prompts as the session has them."""
        return promptsFromJson(values)

    @staticmethod
    def removeFrom(segment: Any) -> None:
        """Remove all our tags from a vtkSegment."""
        for tag in Provenance.tag_names().values():
            segment.RemoveTag(tag)


def tagOf(segment: Any, name: str) -> str | None:
    """Return a tag of a vtkSegment; None where it has none of that name."""
    value = vtk.reference("")
    return str(value) if segment.GetTag(name, value) else None
