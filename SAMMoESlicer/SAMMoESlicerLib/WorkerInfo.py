"""What a worker says of itself once it is ready."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sammoe.bundle import BundleCard, ExpertCard


@dataclass(frozen=True)
class WorkerInfo:
    """Model, device and process; empty until the worker is ready.

    Attributes:
        bundle: The card of the loaded bundle, or None.
        bundleHash: Tells this bundle from every other.
        device: "cpu", "cuda", "mps".
        peakMemoryMb: The most memory it used, or None where it does not say.
        pid: Of its process, on the computer it runs on, or None.
    """

    bundle: BundleCard | None = None
    bundleHash: str = ""
    device: str = ""
    peakMemoryMb: float | None = None
    pid: int | None = None

    @classmethod
    def fromReady(cls, values: Mapping[str, Any]) -> "WorkerInfo":
        """Return what the worker's `Ready` event says; another worker may say less."""
        card, pid = values.get("bundle"), values.get("pid")
        return cls(
            bundle=card if isinstance(card, BundleCard) else None,
            bundleHash=values.get("bundle_hash", ""),
            device=str(values.get("device", "")),
            peakMemoryMb=values.get("peak_memory_mb"),
            pid=pid if isinstance(pid, int) else None,
        )

    def expertCard(self, expertId: str | None) -> ExpertCard | None:
        """Return what the bundle says of an expert; None for the general decoder."""
        experts = self.bundle.experts if self.bundle else ()
        return next((card for card in experts if card.id == expertId), None)
