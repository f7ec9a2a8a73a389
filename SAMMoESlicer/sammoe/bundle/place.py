"""A bundle's folder as a command found it, hours before it writes there: all else stays."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from ..errors import CheckpointError
from .card import CARD_FILE


@dataclass(frozen=True)
class Place:
    """Where a new bundle goes, and what may be replaced there.

    Attributes:
        path: The bundle's folder.
        card_hash: sha256 (hex) of the card that is there; None: none is.
    """

    path: Path
    card_hash: str | None

    @classmethod
    def now(cls, path: Path) -> Self:
        """Return a place as it is."""
        try:
            contents = (path / CARD_FILE).read_bytes()
        except OSError:
            return cls(path, None)
        return cls(path, hashlib.sha256(contents).hexdigest())

    def check_unchanged(self) -> None:
        """Check that what is there is still what may be replaced.

        Raises:
            CheckpointError: Somebody has put another bundle there, or changed it.
        """
        if Place.now(self.path) != self:
            raise CheckpointError(
                f"{self.path} was changed by another command meanwhile, and is left as that made "
                "it; give this command again (with --replace where it makes a new bundle; a "
                "training goes on from its checkpoint with --resume)"
            )
