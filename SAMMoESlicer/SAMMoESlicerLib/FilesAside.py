"""Files for a folder of the user's: all of them written first, then moved there at once."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from sammoe.errors import SAMMoEError
from sammoe.patiently import patiently
from sammoe.whole_file import PART_PREFIX


class FilesAside:
    """Files that lie in a folder of their own until they are moved.

    Attributes:
        folder: What is written into it can be moved.

    Args:
        folder: See above.
        target: The user's folder, on the same disk.
    """

    def __init__(self, folder: Path, target: Path) -> None:
        self.folder = folder
        self._target = target

    @property
    def replaced(self) -> list[str]:
        """Names of the files that would be replaced."""
        return [name for name in self._names if (self._target / name).exists()]

    def move(self) -> int:
        """Move all files into the user's folder and return how many there are.

        Raises:
            SAMMoEError: One of them cannot be moved, e.g. because a folder has its name.
        """
        names = self._names
        for count, name in enumerate(names):
            try:
                patiently(partial((self.folder / name).replace, self._target / name))
            except OSError as error:
                raise SAMMoEError(
                    f"{name} was not written to {self._target}: {error.strerror}; "
                    f"{count} of {len(names)} files were"
                ) from error
        return len(names)

    @property
    def _names(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir())


@contextmanager
def filesAside(target: Path) -> Iterator[FilesAside]:
    """Give a place for files beside `target`'s; what is not moved is gone afterwards.

    Raises:
        SAMMoEError: Nothing can be written there.
    """
    try:
        aside = tempfile.TemporaryDirectory(
            prefix=f"{PART_PREFIX}export-", dir=target, ignore_cleanup_errors=True
        )
    except OSError as error:
        raise SAMMoEError(
            f"nothing was written to {target}: {error.strerror}; may you write there?"
        ) from error
    with aside as folder:
        yield FilesAside(Path(folder), target)
