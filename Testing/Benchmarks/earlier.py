"""The library as it was when the goals of speed were set, importable beside today's.

Both run in one process, in turns, so that a busy machine disturbs them alike. It is taken out of
the repository's history, under a name of its own.
"""

import io
import subprocess
import sys
import tarfile
import tempfile
from importlib import import_module
from pathlib import Path

from checkout import REPOSITORY

COMMIT = "2772a593be8ad4ff3dc752edf72d0daaaed26e12"
"""Before decoders shared anything, and before oneDNN was asked by name."""
NAME = "sammoe_earlier"


def earlier(module=""):
    """Return a module of the earlier library, such as `engine`; None where there is no history."""
    if NAME not in sys.modules and not _take_out():
        return None
    return import_module(f"{NAME}.{module}" if module else NAME)


def _take_out():
    command = ["git", "-C", str(REPOSITORY), "archive", COMMIT, "SAMMoESlicer/sammoe", "Resources"]
    try:
        archive = subprocess.run(command, capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return False
    folder = Path(tempfile.mkdtemp(prefix="sammoe-earlier-"))
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        files.extractall(folder, filter="data")
    (folder / "SAMMoESlicer" / "sammoe").rename(folder / "SAMMoESlicer" / NAME)
    sys.path.append(str(folder / "SAMMoESlicer"))
    return True
