"""Names that people gave, as names of files that every system takes."""

import re
from collections.abc import Iterable

from sammoe.windows_names import NOT_IN_NAMES, is_device

MOST_BYTES = 100
"""Of one name; file systems take 255 for two of them with what stands around."""
_NOT_IN_FILES = re.compile(f"{NOT_IN_NAMES}+")


def safeStem(*names: str) -> str:
    """Return names as one name of a file without its ending; those without a character are out."""
    stems = (_NOT_IN_FILES.sub("_", name).strip(" .") for name in names)
    short = (stem.encode(errors="ignore")[:MOST_BYTES].decode(errors="ignore") for stem in stems)
    stem = "_".join(stem for stem in short if stem) or "unnamed"
    return f"_{stem}" if is_device(stem) else stem


def distinct(stems: Iterable[str]) -> list[str]:
    """Return the stems, numbered where there is one already, small and capital letters alike."""
    found: dict[str, str] = {}
    for stem in stems:
        candidate, number = stem, 1
        while candidate.casefold() in found:
            number += 1
            candidate = f"{stem}_{number}"
        found[candidate.casefold()] = candidate
    return list(found.values())
