"""A segment's record that this version cannot read: it is never lost, whatever is done here."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .Provenance import Provenance

ASIDE = "SAMMoE.unread"


@dataclass(frozen=True)
class UnreadRecord:
    """What a segment's tags say, where that cannot be read.

    Attributes:
        tags: The tags as they are; empty where the record can be read, or there is none.
    """

    tags: Mapping[str, str]

    def keepAside(self, segment: Any) -> None:
        """Keep it in one tag of a vtkSegment, beside the record that took its place."""
        if self.tags:
            segment.SetTag(ASIDE, json.dumps(self.tags).replace("|", "\\u007c"))

    def putBack(self, segment: Any) -> None:
        """Let it be the record again, when all that was done since is undone."""
        Provenance.removeFrom(segment)
        for tag, text in self.tags.items():
            segment.SetTag(tag, text)
        segment.RemoveTag(ASIDE)
