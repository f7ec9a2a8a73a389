"""Names that Windows keeps for its devices, in every folder and with any ending."""

import re

_DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)


def is_device(name: str) -> bool:
    """Say whether a file of this name cannot be made on Windows."""
    return _DEVICE.match(name) is not None
