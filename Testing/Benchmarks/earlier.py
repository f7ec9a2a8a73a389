"""The library before decoders shared anything, importable beside today's.

Both run in one process, in turns, so that a busy machine disturbs them alike. It is taken out of
the repository's history, under a name of its own, with the model of its time. It is not the code
the goals of speed were set against: that is `ISSUE_COMMIT`, beside which `race.py` sets whole
predictions, in a process of its own.
"""

import io
import subprocess
import sys
import tarfile
import tempfile
from importlib import import_module
from pathlib import Path

from checkout import REPOSITORY

ISSUE_COMMIT = "86b86cc4c49db0d3397d1ff5e4edeeecb69ffae8"
"""What 'today' was when the goals of speed were set; another model."""
COMMIT = "2772a593be8ad4ff3dc752edf72d0daaaed26e12"
"""Before decoders shared anything, and before oneDNN was asked by name."""
NAME = "sammoe_earlier"
_folders: list[Path] = []


def earlier(module=""):
    """Return a module of the earlier library, such as `engine`; None where there is no history."""
    if NAME not in sys.modules and not _take_out():
        return None
    return import_module(f"{NAME}.{module}" if module else NAME)


def earlier_bundle():
    """Return the folder of the earlier library's embedded model, once it was taken out."""
    return _folders[0] / "Resources" / "Models" / "demo"


def take_out(commit, folder):
    """Write library and models of a commit into a folder; says whether there is that commit."""
    command = ["git", "-C", str(REPOSITORY), "archive", commit, "SAMMoESlicer/sammoe", "Resources"]
    try:
        archive = subprocess.run(command, capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return False
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        files.extractall(folder, filter="data")
    return True


def _take_out():
    folder = Path(tempfile.mkdtemp(prefix="sammoe-earlier-"))
    if not take_out(COMMIT, folder):
        return False
    (folder / "SAMMoESlicer" / "sammoe").rename(folder / "SAMMoESlicer" / NAME)
    sys.path.append(str(folder / "SAMMoESlicer"))
    _folders.append(folder)
    return True
