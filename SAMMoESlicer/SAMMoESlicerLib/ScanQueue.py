"""The scans of a folder, one after the other."""

from collections.abc import Collection
from pathlib import Path

SUFFIXES = (".nii.gz", ".nii", ".nrrd", ".mha", ".mhd")
MASKS = (".seg.nrrd", ".label.nrrd")


def scansIn(folder: Path) -> list[Path]:
    """Return the image files of a folder, by name; segmentations are none."""
    return sorted(
        path
        for path in (folder.iterdir() if folder.is_dir() else ())
        if path.name.lower().endswith(SUFFIXES)
        and not path.name.lower().endswith(MASKS)
        and not path.name.startswith(".")
    )


def nextScan(folder: Path, *, after: str, done: Collection[str]) -> Path | None:
    """Return the scan that follows another one in the order of names; None where all are done.

    Args:
        folder: Holds the scans.
        after: Name of the file that is open; the search begins behind it, and again at the front.
        done: Names of files that need not be opened again.
    """
    scans = scansIn(folder)
    behind = [path for path in scans if path.name > after]
    waiting = [*behind, *(path for path in scans if path.name < after)]
    return next((path for path in waiting if path.name not in done), None)
