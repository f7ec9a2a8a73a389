"""Names that Windows takes for no file: with some characters, or those of its devices."""

import re

_DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)

NOT_IN_NAMES = r'[\x00-\x1f\x7f<>:"/\\|?*]'
"""A pattern of characters."""
_REFUSED = re.compile(f"{NOT_IN_NAMES}|[ .]$")


def is_refused(name: str) -> bool:
    """Say whether a file of this name cannot be made on Windows."""
    return _REFUSED.search(name) is not None or is_device(name)


def is_device(name: str) -> bool:
    """Say whether this is the name of a device, with whatever ending."""
    return _DEVICE.match(name) is not None
