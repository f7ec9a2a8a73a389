"""The scans of a folder, one after the other."""

import os
from collections.abc import Collection, Mapping
from pathlib import Path

SUFFIXES = (".nii.gz", ".nii", ".nrrd", ".mha", ".mhd")
MASKS = (".seg.nrrd", ".label.nrrd")


def canBeRead(folder: Path) -> bool:
    """Say whether there is such a folder and its content may be seen; a share may be gone."""
    return os.path.isdir(folder) and os.access(folder, os.R_OK | os.X_OK)


def scansIn(folder: Path) -> list[Path]:
    """Return the image files of a folder, by name; segmentations are none."""
    return sorted(
        path
        for path in (folder.iterdir() if canBeRead(folder) else ())
        if path.name.lower().endswith(SUFFIXES)
        and not path.name.lower().endswith(MASKS)
        and not path.name.startswith(".")
    )


def nextScan(
    folder: Path, *, after: str, done: Collection[str], worst: Mapping[str, float] | None = None
) -> Path | None:
    """Return the scan to open next; None where all are done.

    The worst one is the next where that is known; otherwise the one that follows in the order of
    names.

    Args:
        folder: Holds the scans.
        after: Name of the file that is open; the search begins behind it, and again at the front.
        done: Names of files that need not be opened again.
        worst: How bad a scan is, by file name, for those that were looked at.
    """
    scans = scansIn(folder)
    behind = [path for path in scans if path.name > after]
    others = [*behind, *(path for path in scans if path.name < after)]
    waiting = [path for path in others if path.name not in done]
    known = worst or {}
    return max(waiting, key=lambda path: known.get(path.name, -1.0), default=None)
