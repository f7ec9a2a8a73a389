"""Renames that Windows refuses as long as somebody looks into what is moved."""

import sys
import time
from collections.abc import Callable

PATIENCE_S = 2.0 if sys.platform == "win32" else 0.0
FOLDER_PATIENCE_S = 10 * PATIENCE_S
"""Any open file in a folder holds it, and a bundle's are large."""
_RETRY_S = 0.05


def patiently(rename: Callable[[], object], *, patience_s: float = PATIENCE_S) -> None:
    """Rename something, on Windows again and again for a while.

    Windows renames no file that is open, and no folder with one in it; what was written a moment
    ago is opened by virus scanners and search indexers, which let go of it soon.

    Args:
        rename: Does it; a refusal changes nothing.
        patience_s: From the first refusal to the last try.

    Raises:
        OSError: It cannot be renamed.
    """
    end_s = time.monotonic() + patience_s
    while True:
        try:
            rename()
            return
        except PermissionError:
            if time.monotonic() >= end_s:
                raise
        time.sleep(_RETRY_S)
