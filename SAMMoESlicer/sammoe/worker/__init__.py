"""The background process that owns the model, and the client that talks to it.

The client side imports no torch; only `main` and what it loads do.
"""

from .client import WorkerClient
from .events import (
    Cancelled,
    Crashed,
    Event,
    Failed,
    LogLine,
    Predicted,
    Progress,
    Ready,
    VolumeSet,
)

__all__ = [
    "Cancelled",
    "Crashed",
    "Event",
    "Failed",
    "LogLine",
    "Predicted",
    "Progress",
    "Ready",
    "VolumeSet",
    "WorkerClient",
]
