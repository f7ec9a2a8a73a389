"""The one way a prediction ends without a result and without a fault."""

from ..errors import SAMMoEError


class Cancelled(SAMMoEError):  # noqa: N818 - the caller's wish, not a fault
    """The caller asked to stop; everything known before the request still is."""
