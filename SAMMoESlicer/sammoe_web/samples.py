"""Scans to try the tool on: the phantom, made here, and those the Slicer module offers."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sammoe import Volume
from sammoe.download import download
from sammoe.image_io import read_volume
from SAMMoESlicerLib.SampleSources import PHANTOM, registerSamples


@dataclass(frozen=True)
class Sample:
    """A scan on offer.

    Attributes:
        name: On the page.
        url: Where it is downloaded from; empty: it is made here.
        file_name: What it is kept as.
        sha256: In hexadecimal; nothing else is opened.
    """

    name: str
    url: str = ""
    file_name: str = ""
    sha256: str = ""


class _Collector:
    """Takes what the module registers with Slicer's Sample Data."""

    def __init__(self) -> None:
        self.samples: list[Sample] = []

    def registerCustomSampleDataSource(self, **source: Any) -> None:  # noqa: N802  Slicer's name
        """Keep one sample."""
        checksum = source.get("checksums", "").removeprefix("SHA256:")
        self.samples.append(
            Sample(
                source["sampleName"], source.get("uris", ""), source.get("fileNames", ""), checksum
            )
        )


def offered_samples() -> list[Sample]:
    """Return the samples of the Slicer module."""
    collector = _Collector()
    registerSamples(collector, loadPhantom=None)
    return collector.samples


def read_sample(sample: Sample, folder: Path) -> Volume:
    """Return a sample's volume, downloaded once and kept.

    Args:
        sample: Which one.
        folder: Where downloads are kept.

    Raises:
        SAMMoEError: It cannot be downloaded or read.
    """
    if sample.name == PHANTOM:
        from sammoe.phantom import make_phantom

        return make_phantom().volume
    path = folder / sample.file_name
    if not path.exists():
        download(sample.url, path, sha256=sample.sha256)
    return read_volume(path)
