"""`sammoe info`: which model runs where, and on which versions."""

import argparse
import json
import platform
from dataclasses import asdict
from importlib import metadata
from typing import Any

from .. import __version__
from ..bundle import BundleCard
from .arguments import add_model
from .prediction import PATIENCE_S, client_from

PACKAGES = ("torch", "numpy", "SimpleITK", "safetensors")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    add_model(parser)
    parser.add_argument("--json", action="store_true", help="print everything as JSON")


def run(arguments: argparse.Namespace) -> None:
    """Ask the worker and print.

    Raises:
        SAMMoEError: The bundle or the worker cannot be used.
    """
    with client_from(arguments) as client:
        client.wait(client.start(), timeout_s=PATIENCE_S)
        worker = client.describe()
    info = {"sammoe": __version__, "versions": _versions(), "worker": worker}
    if arguments.json:
        print(json.dumps(info, indent=2, default=_as_json))
        return
    for line in _lines(info):
        print(line)


def _as_json(value: Any) -> Any:
    return asdict(value) if isinstance(value, BundleCard) else str(value)


def _versions() -> dict[str, str]:
    versions = {"python": platform.python_version(), "system": platform.platform(terse=True)}
    for name in PACKAGES:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            versions[name] = "not installed"
    return versions


def _lines(info: dict[str, Any]) -> list[str]:
    worker = info["worker"]
    bundle: BundleCard = worker["bundle"]
    rows = [
        ("sammoe", info["sammoe"]),
        ("bundle", f"{bundle.name} {bundle.version} ({bundle.architecture})"),
        ("hash", worker.get("bundle_hash")),
        ("licence", bundle.license or "not stated"),
        ("use", bundle.intended_use),
        ("prompts", ", ".join(bundle.prompt_kinds)),
        ("device", worker.get("device")),
        ("precision", worker.get("precision", "not stated")),
        ("worker", f"Python {worker.get('python')}, torch {worker.get('torch')}"),
        *info["versions"].items(),
        ("experts", f"{len(bundle.experts)} and the general decoder"),
    ]
    lines = [f"{key:<12}{value}" for key, value in rows]
    for card in bundle.experts:
        tau = bundle.tau_of(card.id)
        lines.append(f"  {card.id:<18}tau {tau:.2f}  {card.name}: {card.description}")
    return lines
