"""A MetaImage header, looked at before ITK reads it: a damaged one can end the process there."""

import re
from pathlib import Path

from ..errors import GeometryError
from .plain_names import ending_of, shown

MOST_AXES = 10
"""ITK's reader has room for so many, and writes past it without a look."""
_HEADER_BYTES = 1 << 16
_AXES = re.compile(rb"^\s*NDims\s*=\s*(\S*)", re.MULTILINE)


def check_metaimage(path: Path) -> None:
    """Check that the header of an MHA or MHD file tells of no more axes than ITK has room for.

    Raises:
        GeometryError: It does.
    """
    if ending_of(path) not in (".mha", ".mhd"):
        return
    try:
        with path.open("rb") as stream:
            header = stream.read(_HEADER_BYTES).partition(b"ElementDataFile")[0]
    except OSError:
        return  # ITK says what is wrong
    for told in _AXES.findall(header):
        if not told.isdigit() or not 1 <= int(told) <= MOST_AXES:
            raise GeometryError(
                f"{shown(path.name)} is damaged: it tells of {told[:20].decode(errors='replace')} "
                "axes; copy or download it again"
            )
