"""The states of the engine."""

from enum import Enum


class Phase(Enum):
    """What the engine is doing; `SILENT`: its worker runs and gives no sign of life."""

    OFF = "off"
    STARTING = "starting"
    READY = "ready"
    WORKING = "working"
    SILENT = "silent"
