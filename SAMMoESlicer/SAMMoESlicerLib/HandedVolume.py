"""Which volume the worker has."""

from sammoe import Volume

from .Client import Client


class HandedVolume:
    """Hands a volume over once, and again where the worker did not take it.

    Attributes:
        volume: What the worker has, or will have; None: nothing that is known of.
    """

    def __init__(self) -> None:
        self.volume: Volume | None = None
        self._id: int | None = None
        self._refused: Volume | None = None

    def handOver(self, client: Client, volume: Volume) -> None:
        """Hand a volume to the worker unless it has it."""
        if volume is not self.volume:
            self._id = client.set_volume(volume)
            self.volume, self._refused = volume, None

    def takesFailure(self, id: int | None) -> bool:
        """Say whether a failed request was the handing over; the worker has the volume before."""
        if id is None or id != self._id:
            return False
        refused = self.volume
        self.forget()
        self._refused = refused
        return True

    def isRefused(self, volume: Volume) -> bool:
        """Say whether the worker did not take this volume the last time."""
        return volume is self._refused

    def forget(self) -> None:
        """Hand the next volume over whatever the worker has."""
        self.volume = self._id = self._refused = None
