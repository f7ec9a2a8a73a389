"""A copy of a bundle that says which structure it gets an expert for."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

from sammoe.whole_file import written_whole


def copyNamed(bundle: Path, copy: Path, structure: str) -> None:
    """Copy a bundle, with the structure in its name: both can be told apart in the list.

    The copy is the user's to write, also where the original is not.

    Raises:
        OSError: It cannot be copied.
        ValueError: Its card cannot be read.
    """
    try:
        shutil.copytree(bundle, copy, copy_function=shutil.copyfile)
    finally:
        for folder, _folders, _files in os.walk(copy):
            Path(folder).chmod(0o755)
    card = json.loads((copy / "bundle.json").read_text("utf-8"))
    card["name"] = _nameWith(card, structure)
    with written_whole(copy / "bundle.json") as stream:
        stream.write(json.dumps(card, ensure_ascii=False, indent=2).encode())


def _nameWith(card: dict[str, Any], structure: str) -> str:
    name = str(card["name"])
    return name if name.endswith(f"+ {structure}") else f"{name} + {structure}"
