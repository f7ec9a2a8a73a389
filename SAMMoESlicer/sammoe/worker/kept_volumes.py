"""The last few volumes, so that an earlier one that is chosen again need not be sent again."""

from collections import OrderedDict

from ..errors import WorkerError
from ..volume import Volume
from .protocol import KEPT_VOLUMES, MAX_KEPT_BYTES


class KeptVolumes:
    """Volumes by content, the one chosen last at the end.

    Args:
        most_bytes: What all but the chosen one may take together.
    """

    def __init__(self, *, most_bytes: int = MAX_KEPT_BYTES) -> None:
        self._most_bytes = most_bytes
        self._volumes: OrderedDict[str, Volume] = OrderedDict()

    def choose(self, volume: Volume) -> None:
        """Keep a volume, forgetting those chosen longest ago where the room ends."""
        self._volumes[volume.content_hash] = volume
        self._volumes.move_to_end(volume.content_hash)
        while len(self._volumes) > 1 and not self._fits():
            self._volumes.popitem(last=False)

    def get(self, content_hash: str) -> Volume:
        """Return a volume that is kept.

        Raises:
            WorkerError: It is not.
        """
        if content_hash not in self._volumes:
            raise WorkerError("this volume is not kept any more; choose it again")
        return self._volumes[content_hash]

    def describe(self) -> list[tuple[str, ...]]:
        """Return hash, type and shape of every volume that is kept."""
        return [(key, *look_of(volume)) for key, volume in self._volumes.items()]

    def _fits(self) -> bool:
        *earlier, _ = self._volumes.values()
        kept_bytes = sum(volume.array_kji.nbytes for volume in earlier)
        return len(self._volumes) <= KEPT_VOLUMES and kept_bytes <= self._most_bytes


def look_of(volume: Volume) -> tuple[str, str]:
    """Return what two volumes must have in common before their voxels are worth comparing."""
    return volume.array_kji.dtype.str, str(volume.array_kji.shape)
