"""A user's choice of model, device and host; kept by Slicer's settings, not by the scene."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from sammoe.errors import WorkerError
from sammoe.worker import WorkerClient
from sammoe.worker.process import split_command

_KEYS = {
    "bundle": "SAMMoE/Bundle",
    "device": "SAMMoE/Device",
    "command": "SAMMoE/Command",
    "precision": "SAMMoE/Precision",
}


class Store(Protocol):
    """What is needed of QSettings."""

    def value(self, key: str) -> Any:
        """Return what is kept under a key, or None."""

    def setValue(self, key: str, value: Any) -> None:
        """Keep a value."""


@dataclass(frozen=True)
class WorkerSettings:
    """Which worker to start.

    Attributes:
        bundle: Folder of the model; empty: the built-in one (on a remote host: its own).
        device: "auto", "cpu", "cuda" or "mps".
        command: The command line of a worker elsewhere; empty: this computer.
        precision: Of a CPU: "auto", "float32" or "bfloat16".
    """

    bundle: str = ""
    device: str = "auto"
    command: str = ""
    precision: str = "auto"

    @classmethod
    def readFrom(cls, store: Store) -> "WorkerSettings":
        """Return what is kept; defaults where nothing is."""
        kept = {name: store.value(key) for name, key in _KEYS.items()}
        return replace(cls(), **{name: str(value) for name, value in kept.items() if value})

    def writeTo(self, store: Store) -> None:
        """Keep the choice."""
        for name, key in _KEYS.items():
            store.setValue(key, getattr(self, name))

    @property
    def isRemote(self) -> bool:
        """Say whether volumes would leave this computer."""
        return bool(self.command.strip())

    @property
    def problem(self) -> str:
        """What keeps such a worker from being started, e.g. a missing quote; empty: nothing."""
        try:
            split_command(self.command)
        except WorkerError as error:
            return str(error)
        return ""

    def newClient(self, startup: Mapping[str, str] | None = None) -> WorkerClient:
        """Return a client of such a worker, not started yet.

        Args:
            startup: The environment of a program that is not Slicer's; None: this process's.

        Raises:
            WorkerError: See `problem`.
        """
        return WorkerClient(
            split_command(self.command) if self.isRemote else None,
            bundle=self.bundle or None,
            device=self.device,
            precision=self.precision,
            shared_memory=not self.isRemote,
            environment=startup if self.isRemote else None,
        )
