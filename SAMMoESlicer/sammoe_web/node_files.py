"""One MRML node written by one of Slicer's storage nodes."""

from pathlib import Path
from typing import Any

from sammoe.errors import SAMMoEError

from .whole_nrrd import is_whole

NO_SPACE = "is there space in the temporary folder?"


def write_node(node: Any, storage: Any, path: Path) -> None:
    """Write a node.

    Raises:
        SAMMoEError: It cannot be written.
    """
    storage.SetFileName(str(path))
    if not storage.WriteData(node) or not is_whole(path):
        raise SAMMoEError(f"{path.name} cannot be written; {NO_SPACE}")
