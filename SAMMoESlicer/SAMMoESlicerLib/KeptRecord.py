"""A few values that a training's folder keeps in one file, for the next session."""

import json
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, ClassVar, Self

from sammoe.whole_file import written_whole


class KeptRecord:
    """A dataclass that a folder keeps.

    Attributes:
        fileName: The file's name.
    """

    fileName: ClassVar[str]

    def write(self, folder: Path) -> None:
        """Keep it in a folder.

        Raises:
            OSError: It cannot be written.
        """
        values: Any = self
        with written_whole(folder / self.fileName) as stream:
            stream.write(json.dumps(asdict(values)).encode())

    @classmethod
    def read(cls, folder: Path) -> Self | None:
        """Return what a folder keeps; None where there is nothing that can be read.

        What a later version keeps beside it is not read.
        """
        try:
            values = json.loads((folder / cls.fileName).read_text("utf-8"))
            return cls(**knownOf(cls, values))
        except (OSError, ValueError, TypeError, AttributeError):
            return None

    @classmethod
    def forget(cls, folder: Path) -> None:
        """Let the folder keep nothing any more."""
        (folder / cls.fileName).unlink(missing_ok=True)


def knownOf(record: Any, values: dict[str, Any]) -> dict[str, Any]:
    """Return the values that are fields of a dataclass."""
    names = {field.name for field in fields(record)}
    return {name: value for name, value in values.items() if name in names}
