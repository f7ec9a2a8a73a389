"""How a segment came about, as tags on the segment: saved, shown and replayable."""

import json
import zlib
from dataclasses import asdict, dataclass, field, fields
from typing import Any

import vtk

import sammoe
from sammoe import PredictOptions
from sammoe.errors import PromptError

from .PromptJson import promptsFromJson, promptsToJson
from .PromptState import PromptState

TAG_PREFIX = "SAMMoE."


@dataclass(frozen=True)
class Provenance:
    """Everything needed to make the mask again.

    Attributes:
        prompts: Clicks and hand work in their order, box and earlier mask; positions are world RAS
            mm.
        options: How it was predicted.
        expert: The expert fused into the mask, or None.
        scores: The gate's confidence per expert id and 'general'.
        tau: The threshold that decided.
        bundle: Name of the bundle.
        bundleHash: sha256 of the bundle.
        version: Of SAMMoESlicer.
        voxelsHash: Of the segment these prompts led to; another one was changed since.
    """

    prompts: PromptState
    options: PredictOptions = field(default_factory=PredictOptions)
    expert: str | None = None
    scores: dict[str, float] = field(default_factory=dict)
    tau: float | None = None
    bundle: str = ""
    bundleHash: str = ""
    version: str = sammoe.__version__
    voxelsHash: str = ""

    def writeTo(self, segment: Any) -> None:
        """Set one tag a field on a vtkSegment; each value is JSON."""
        values = {
            **{f.name: getattr(self, f.name) for f in fields(self)},
            "prompts": promptsToJson(self.prompts),
            "options": asdict(self.options),
        }
        for name, value in values.items():
            segment.SetTag(TAG_PREFIX + name, _tagText(value))

    @classmethod
    def readFrom(cls, segment: Any) -> "Provenance | None":
        """Return what the tags of a vtkSegment say; None where the segment is not ours.

        Raises:
            PromptError: The tags were altered and cannot be read.
        """
        texts = {f.name: _tag(segment, TAG_PREFIX + f.name) for f in fields(cls)}
        if texts["prompts"] is None:
            return None
        try:
            values = {name: json.loads(text) for name, text in texts.items() if text is not None}
            values["prompts"] = promptsFromJson(values["prompts"])
            values["options"] = PredictOptions(**values.get("options", {}))
            return cls(**values)
        except (ValueError, TypeError, KeyError, IndexError, zlib.error) as error:
            raise PromptError(
                "the segment's record of its prompts cannot be read; click anew to replace it"
            ) from error

    @staticmethod
    def removeFrom(segment: Any) -> None:
        """Remove all our tags from a vtkSegment."""
        for f in fields(Provenance):
            segment.RemoveTag(TAG_PREFIX + f.name)


def _tagText(value: Any) -> str:
    # Segment files separate tags by '|', which inside JSON occurs in strings only.
    return json.dumps(value, allow_nan=False).replace("|", "\\u007c")


def _tag(segment: Any, name: str) -> str | None:
    value = vtk.reference("")
    return str(value) if segment.GetTag(name, value) else None
