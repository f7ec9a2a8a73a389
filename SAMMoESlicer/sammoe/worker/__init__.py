"""The background process that owns the model, and the client that talks to it.

The client side imports no torch; only `main` and what it loads do.
"""

from .client import WorkerClient
from .events import (
    Answering,
    Cancelled,
    Crashed,
    Event,
    Failed,
    LogLine,
    Predicted,
    Preview,
    Progress,
    Ready,
    Silent,
    VolumeSet,
)
from .protocol import Patience

__all__ = [
    "Answering",
    "Cancelled",
    "Crashed",
    "Event",
    "Failed",
    "LogLine",
    "Patience",
    "Predicted",
    "Preview",
    "Progress",
    "Ready",
    "Silent",
    "VolumeSet",
    "WorkerClient",
]
