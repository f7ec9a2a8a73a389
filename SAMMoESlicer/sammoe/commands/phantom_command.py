"""`sammoe phantom`: generated CTs with their labels, to try a training without a scan."""

import argparse
import json
from pathlib import Path
from typing import Any

from ..errors import SAMMoEError
from ..whole_file import PART_PREFIX, written_whole
from ..whole_folder import new_folder, put_in_place
from .arguments import count

ENDING = ".nii.gz"
EXPERTS = {
    "vertebra": "vertebra",
    "upper": "vertebra",
    "ribs": "rib",
    "inferior": "vessel",
    "aorta": "vessel",
}
"""First word of a structure's name to the embedded model's expert for it."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "--out", metavar="DIR", type=Path, required=True,
        help="folder for imagesTr/, labelsTr/ and dataset.json, as nnU-Net lays them out",
    )  # fmt: skip
    parser.add_argument("--scans", metavar="N", type=count, default=6, help="default: 6")
    parser.add_argument(
        "--seed", metavar="N", type=int, default=100,
        help="of the first one, the next ones follow; default: 100",
    )  # fmt: skip


def run(arguments: argparse.Namespace) -> None:
    """Write the scans; their folder is there when all of them are.

    Raises:
        SAMMoEError: The folder holds something already.
    """
    out: Path = arguments.out
    if out.exists() and (not out.is_dir() or not _is_empty(out)):
        raise SAMMoEError(f"{out} is there already; name a new folder")
    is_there = out.exists()  # perhaps a disk's own folder, which cannot be moved
    with new_folder((out / "scans" if is_there else out).resolve()) as aside:
        names = _write_scans(aside, arguments)
        if is_there:
            for path in sorted(aside.iterdir(), reverse=True):  # dataset.json comes last
                path.rename(out / path.name)
        else:
            put_in_place(aside, out.resolve())
    print(f"{out}: {arguments.scans} labelled phantoms: {', '.join(names.values())}")


def _is_empty(folder: Path) -> bool:
    """Say whether there is nothing but what a killed command left."""
    return all(path.name.startswith(PART_PREFIX) for path in folder.iterdir())


def _write_scans(out: Path, arguments: argparse.Namespace) -> dict[int, str]:
    """Write all scans and what is said of them into a folder; returns the labels' names."""
    from ..image_io import write_volume
    from ..labelled_scans.structures import FILE, FORMAT
    from ..phantom import make_phantom
    from ..volume import Volume

    for name in ("imagesTr", "labelsTr"):
        (out / name).mkdir()
    names: dict[int, str] = {}
    for seed in range(arguments.seed, arguments.seed + arguments.scans):
        phantom = make_phantom(seed=seed)
        labels = Volume(phantom.labels_kji, phantom.volume.ijk_to_ras)
        write_volume(out / "imagesTr" / f"phantom{seed}_0000{ENDING}", phantom.volume)
        write_volume(out / "labelsTr" / f"phantom{seed}{ENDING}", labels)
        names |= phantom.names
        print(f"phantom{seed}", flush=True)
    content = {
        "channel_names": {"0": "CT"},
        "labels": {"background": 0} | {name: value for value, name in sorted(names.items())},
        "numTraining": arguments.scans,
        "file_ending": ENDING,
    }
    structures = {"format": FORMAT, "structures": _tasks(names)}
    for name, said in (("dataset.json", content), (FILE, structures)):
        with written_whole(out / name) as stream:
            stream.write(json.dumps(said, indent=2).encode())
    return names


def _tasks(names: dict[int, str]) -> list[dict[str, Any]]:
    """Return whose task the structures are, as `structures.json` says it."""
    found = []
    for expert in dict.fromkeys(EXPERTS.values()):
        own = {v: n for v, n in names.items() if EXPERTS.get(n.split()[0]) == expert}
        found.append({"labels": own, "expert": expert})
    return found
