"""Where a volume came from."""

from pathlib import Path
from typing import Any


def sourceName(volumeNode: Any) -> str:
    """Return the name of the file a volume was read from; empty where there is none."""
    storage = None if volumeNode is None else volumeNode.GetStorageNode()
    return Path(storage.GetFileName() or "").name if storage is not None else ""
