"""A disk with little room left, as far as this process is concerned."""

import resource
import signal
from contextlib import contextmanager


@contextmanager
def disk_with_room_for(size):
    """Let no file grow beyond `size` bytes: writing fails as on a full disk."""
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
