"""`sammoe install`: a model into a folder of models, from a folder, a zip or a checkpoint."""

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "source", metavar="SOURCE", type=Path, help="a bundle's folder, a .zip of one, or a .pth"
    )
    parser.add_argument(
        "library", metavar="LIBRARY", type=Path, help="folder of models; each gets one in it"
    )


def run(arguments: argparse.Namespace) -> None:
    """Verify, install and print the model's folder.

    Raises:
        CheckpointError: What is wrong with the source; the library stays as it was.
    """
    from ..bundle.install import install_bundle

    print(install_bundle(arguments.source, arguments.library).path)
