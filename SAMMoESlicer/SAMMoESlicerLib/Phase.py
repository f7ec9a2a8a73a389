"""The states of the worker."""

from enum import Enum


class Phase(Enum):
    """What the worker is doing; `SILENT`: it runs and gives no sign of life."""

    OFF = "off"
    STARTING = "starting"
    READY = "ready"
    WORKING = "working"
    SILENT = "silent"
