"""The scan that is shown: read beside the server's own work, and put into the scene."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydicom.dataset import Dataset

from sammoe import Volume
from sammoe.image_io import read_volume
from sammoe.intensity import BONE, LUNG, SOFT_TISSUE, IntensityWindow, is_ct, sample_values
from SAMMoESlicerLib.Bridge.VolumeWriter import addVolumeNode

from .dicom_source import read_headers
from .samples import Sample, read_sample

AUTO_WINDOW = "Auto"
_CT_WINDOWS = (SOFT_TISSUE, LUNG, BONE)


class Scan:
    """One volume node, replaced when another scan is opened.

    Args:
        scene: The MRML scene.
        downloads: Where samples are kept.
        on_opened: Called with the new volume node.

    Attributes:
        node: The volume node, or None.
        name: What it is called on the page.
        window: The one that is used.
        windows: Grey-value windows that suit it, by name; `AUTO_WINDOW` is none of them.
        dicom_headers: Of its files; empty where it is not from DICOM.
        opening: What is being opened; empty: nothing is.
    """

    def __init__(self, scene: Any, downloads: Path, *, on_opened: Callable[[Any], None]) -> None:
        self.node: Any = None
        self.name = ""
        self.window = AUTO_WINDOW
        self.windows: dict[str, IntensityWindow] = {}
        self.dicom_headers: tuple[Dataset, ...] = ()
        self.opening = ""
        self._scene = scene
        self._downloads = downloads
        self._on_opened = on_opened

    async def open_path(self, path: Path, *, name: str = "") -> None:
        """Open an image file or a folder of DICOM slices.

        Raises:
            GeometryError: It cannot be read as one scalar volume.
        """
        await self._open(
            name or path.name,
            lambda: read_volume(path),
            headers=lambda: read_headers(path),
        )

    async def open_sample(self, sample: Sample) -> None:
        """Open a sample.

        Raises:
            SAMMoEError: It cannot be downloaded or read.
        """
        await self._open(sample.name, lambda: read_sample(sample, self._downloads), headers=tuple)

    def use_window(self, name: str) -> None:
        """Show the grey values of a window."""
        if self.node is None:
            return
        self.window = name
        display = self.node.GetDisplayNode()
        display.SetAutoWindowLevel(name == AUTO_WINDOW)
        if name in self.windows:
            window = self.windows[name]
            display.SetWindowLevelMinMax(window.lower, window.upper)

    async def _open(
        self,
        name: str,
        read: Callable[[], Volume],
        *,
        headers: Callable[[], tuple[Dataset, ...]],
    ) -> None:
        self.opening = name
        try:
            volume = await asyncio.to_thread(read)
            dicom_headers = await asyncio.to_thread(headers)
            isCT = await asyncio.to_thread(lambda: is_ct(sample_values(volume)))
        finally:
            self.opening = ""
        old, self.node = self.node, addVolumeNode(self._scene, volume, name)
        self.name, self.dicom_headers = name, dicom_headers
        self.windows = {window.name: window for window in _CT_WINDOWS} if isCT else {}
        self.use_window(next(iter(self.windows), AUTO_WINDOW))
        self._on_opened(self.node)
        if old is not None:
            self._scene.RemoveNode(old)
