"""That a new model is in use, so that it can be taken back; kept in its training's folder."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from sammoe.whole_file import written_whole

FILE = "used.json"


@dataclass(frozen=True)
class UsedExpert:
    """A model that was taken into use.

    Attributes:
        installed: Its folder.
        before: The model that was in use before, as the settings have it.
    """

    installed: str
    before: str

    def write(self, folder: Path) -> None:
        """Keep it in a folder.

        Raises:
            OSError: It cannot be written.
        """
        with written_whole(folder / FILE) as stream:
            stream.write(json.dumps(asdict(self)).encode())

    @classmethod
    def read(cls, folder: Path) -> "UsedExpert | None":
        """Return what a folder keeps; None where there is nothing that can be read."""
        try:
            return cls(**json.loads((folder / FILE).read_text("utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    @staticmethod
    def forget(folder: Path) -> None:
        """Let the folder keep nothing any more."""
        (folder / FILE).unlink(missing_ok=True)
