"""A folder of labelled scans, and what of it is meant."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class ScanFolder:
    """Labelled scans to train or measure on.

    Attributes:
        path: nnU-Net's layout, or image/label pairs.
        labels: Values or names of the labels that are meant; none: every label is an object of
            its own.
        channel: Which channel of multi-channel scans.
        scans: Patterns of scan names, e.g. `ct_*`; none: every scan.
        structures: Says whose scans they are; None: `structures.json` in the folder, if any.
    """

    path: Path
    labels: tuple[str, ...] = ()
    channel: int = 0
    scans: tuple[str, ...] = ()
    structures: Path | None = None

    def __str__(self) -> str:
        """Return the folder's name and what of it is meant."""
        which = f" ({', '.join(self.labels)})" if self.labels else ""
        return f"{self.path.absolute().name}{which}"
