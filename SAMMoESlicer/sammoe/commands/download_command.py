"""`sammoe download`: one large file, resumed after a stop and checked at the end."""

import argparse
import sys
import time
from pathlib import Path

from ..download import download

DRAW_EVERY_S = 0.2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("url", metavar="URL", help="http or https")
    parser.add_argument("path", metavar="FILE", type=Path, help="written when all of it is here")
    parser.add_argument("--sha256", metavar="HEX", help="what the file must be")
    parser.add_argument("--size", metavar="BYTES", type=int, help="how long the file must be")


def run(arguments: argparse.Namespace) -> None:
    """Download and print the file's sha256; lines of `received total` come on the way.

    Raises:
        DownloadError: What failed; the next try goes on from there where that is possible.
    """
    digest = download(
        arguments.url,
        arguments.path,
        sha256=arguments.sha256,
        size=arguments.size,
        progress=_Lines().show,
    )
    print(f"{arguments.path} sha256 {digest}")


class _Lines:
    """Prints how far it is, a few times a second; over itself on a terminal."""

    def __init__(self) -> None:
        self._shown_s = 0.0
        self._end = "\r" if sys.stdout.isatty() else "\n"

    def show(self, received: int, total: int) -> None:
        now_s = time.monotonic()
        if now_s - self._shown_s > DRAW_EVERY_S or received == total:
            self._shown_s = now_s
            print(received, total, end=self._end, flush=True)
