"""`sammoe import`: a published SAM-Med3D checkpoint becomes a bundle, once."""

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("checkpoint", metavar="CHECKPOINT", type=Path, help="sam_med3d*.pth")
    parser.add_argument(
        "-o", "--output", metavar="DIR", type=Path, required=True, help="the bundle's folder"
    )
    parser.add_argument("--replace", action="store_true", help="replace a bundle that is there")
    parser.add_argument("--name", help="shown on the panel; default: the file's name")
    parser.add_argument(
        "--half", action="store_true", help="store half precision: half the size, nearly the same"
    )


def run(arguments: argparse.Namespace) -> None:
    """Read without running any code of the file, convert, write, verify.

    Raises:
        CheckpointError: Not such a checkpoint, or the folder cannot take it.
    """
    from ..bundle import check_can_write, import_sam_med3d

    place = check_can_write(arguments.output, replace_it=arguments.replace)
    bundle = import_sam_med3d(
        arguments.checkpoint,
        arguments.output,
        name=arguments.name,
        half=arguments.half,
        place=place,
    )
    sizes = ", ".join(f"{key} {value}" for key, value in bundle.card.sizes.items())
    print(f"{bundle.path}: {bundle.card.architecture} ({sizes})")
    print(f"Use it with: sammoe segment ... --bundle {bundle.path}")
