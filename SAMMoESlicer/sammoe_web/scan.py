"""The scan that is shown: read beside the server's own work, and put into the scene."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from pydicom.dataset import Dataset

from sammoe import Volume
from sammoe.errors import GeometryError, SAMMoEError
from sammoe.image_io import read_volume, shown
from sammoe.intensity import BONE, LUNG, SOFT_TISSUE, IntensityWindow, is_ct, sample_values
from SAMMoESlicerLib.Bridge.VolumeWriter import addVolumeNode

from .dicom_source import read_headers
from .reader_warnings import reader_warnings
from .samples import Sample, read_sample

AUTO_WINDOW = "Auto"
_CT_WINDOWS = (SOFT_TISSUE, LUNG, BONE)


class Scan:
    """One volume node, replaced when another scan is opened.

    Scans are read beside each other, and the quickest may be the oldest wish. So each is a
    numbered request, and only the latest may change anything here.

    Args:
        scene: The MRML scene.
        downloads: Where samples are kept.
        on_opened: Called with the new volume node.
        may_replace: Asked with the new scan's name once it is read, because what is shown may
            have been worked on meanwhile.

    Attributes:
        node: The volume node, or None.
        name: What it is called on the page.
        window: The one that is used.
        windows: Grey-value windows that suit it, by name; `AUTO_WINDOW` is none of them.
        dicom_headers: Of its files; empty where it is not from DICOM.
        warnings: What its reader warned of.
        opening: What is being opened; empty: nothing is.
        request: Number of the latest request.
    """

    def __init__(
        self,
        scene: Any,
        downloads: Path,
        *,
        on_opened: Callable[[Any], None],
        may_replace: Callable[[str], Awaitable[bool]],
    ) -> None:
        self.node: Any = None
        self.name = ""
        self.window = AUTO_WINDOW
        self.windows: dict[str, IntensityWindow] = {}
        self.dicom_headers: tuple[Dataset, ...] = ()
        self.warnings: tuple[str, ...] = ()
        self.opening = ""
        self.request = 0
        self._scene = scene
        self._downloads = downloads
        self._on_opened = on_opened
        self._may_replace = may_replace

    def expect(self, name: str) -> int:
        """Let a scan be the one that is waited for; returns the number of the request."""
        self.request += 1
        self.opening = name
        return self.request

    def give_up(self, request: int) -> None:
        """Wait no more for a request, if it is the latest."""
        if request == self.request:
            self.opening = ""

    def outdate(self) -> None:
        """Let nothing that was asked for be shown any more."""
        self.request += 1

    async def open_path(self, path: Path, *, name: str = "", request: int) -> bool:
        """Open an image file or a folder of DICOM slices; returns whether it is shown.

        Args:
            path: The file or folder.
            name: What it is called on the page; empty: as on the disk.
            request: What `expect` returned; nothing is opened for an outdated one.

        Raises:
            GeometryError: It cannot be read as one scalar volume.
        """
        return await self._open(
            request,
            name or path.name,
            lambda: _read(path, name or path.name),
            headers=lambda: read_headers(path),
        )

    async def open_sample(self, sample: Sample, *, request: int) -> bool:
        """Open a sample, likewise.

        Raises:
            SAMMoEError: It cannot be downloaded or read.
        """
        return await self._open(
            request, sample.name, lambda: read_sample(sample, self._downloads), headers=tuple
        )

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
        request: int,
        name: str,
        read: Callable[[], Volume],
        *,
        headers: Callable[[], tuple[Dataset, ...]],
    ) -> bool:
        if request != self.request:
            return False
        try:
            volume, warnings = await asyncio.to_thread(_with_warnings, read)
            dicom_headers = await asyncio.to_thread(headers)
            is_from_ct = await asyncio.to_thread(lambda: is_ct(sample_values(volume)))
        except SAMMoEError:
            if request == self.request:
                raise
            return False
        finally:
            self.give_up(request)
        if request != self.request or not await self._may_replace(name):
            return False
        if request != self.request:  # another one was asked for while the user was asked
            return False
        self.warnings = warnings
        self._replace(name, volume, dicom_headers, is_from_ct=is_from_ct)
        return True

    def _replace(
        self, name: str, volume: Volume, dicom_headers: tuple[Dataset, ...], *, is_from_ct: bool
    ) -> None:
        old, self.node = self.node, addVolumeNode(self._scene, volume, name)
        self.name, self.dicom_headers = name, dicom_headers
        self.windows = {window.name: window for window in _CT_WINDOWS} if is_from_ct else {}
        self.use_window(next(iter(self.windows), AUTO_WINDOW))
        self._on_opened(self.node)
        if old is not None:
            self._scene.RemoveNode(old)


def _read(path: Path, name: str) -> Volume:
    """Read a scan; where it lies while it is read is nothing the user has seen.

    Raises:
        GeometryError: It cannot be read as one scalar volume.
    """
    try:
        return read_volume(path)
    except GeometryError as error:
        text = str(error).replace(shown(path), name).replace(shown(path.name), name)
        raise GeometryError(text) from error


def _with_warnings(read: Callable[[], Volume]) -> tuple[Volume, tuple[str, ...]]:
    with reader_warnings() as warnings:
        return read(), tuple(warnings)
