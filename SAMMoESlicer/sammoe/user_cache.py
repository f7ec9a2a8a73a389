"""Where a user keeps what can be made or fetched again."""

from pathlib import Path

from .errors import SAMMoEError


def user_cache() -> Path:
    """Return the folder `.cache` of the user's home, which need not exist.

    Raises:
        SAMMoEError: The user has no home, as in some containers.
    """
    try:
        return Path.home() / ".cache"
    except RuntimeError as error:
        raise SAMMoEError("this user has no home folder; set HOME to one that exists") from error
