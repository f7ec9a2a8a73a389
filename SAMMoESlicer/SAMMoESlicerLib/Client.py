"""What is needed of the worker's client, so that tests can put another in its place."""

from typing import Protocol

from sammoe import PredictOptions, PromptSet, Volume
from sammoe.worker import Event


class Client(Protocol):
    """What is needed of `sammoe.worker.WorkerClient`; none of it may wait."""

    def start(self) -> int:
        """Start the worker."""

    def restart(self) -> None:
        """Start a fresh worker in the place of this one."""

    def set_volume(self, volume: Volume) -> int:
        """Choose the volume that prompts are about."""

    def predict(self, prompts: PromptSet, options: PredictOptions) -> int:
        """Ask for a mask, in the place of any earlier request; returns the request's id."""

    def look_ahead(self, prompts: PromptSet, options: PredictOptions) -> None:
        """Let the worker compute what may be asked for soon."""

    def cancel(self, id: int) -> None:
        """Give a request up."""

    def poll(self) -> list[Event]:
        """Return what happened since the last call."""

    def close(self) -> bool:
        """End the worker."""
