"""Opening another scan: only where the work that is there may go, and only what was asked last."""

import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

from sammoe.errors import SAMMoEError

from .question import Question
from .samples import Sample
from .scan import Scan
from .unsaved import Unsaved


class Opener:
    """Opens scans in the place of the one that is shown; says so where one cannot be read.

    Args:
        scan: The scan that is shown.
        question: Asks where something would be lost.
        unsaved: What would be.
        on_permitted: Called before a scan is read.
        refuse: Says why a scan cannot be opened.
    """

    def __init__(
        self,
        scan: Scan,
        question: Question,
        unsaved: Unsaved,
        *,
        on_permitted: Callable[[], None],
        refuse: Callable[[Exception], None],
    ) -> None:
        self._scan = scan
        self._question = question
        self._unsaved = unsaved
        self._on_permitted = on_permitted
        self._refuse = refuse

    async def permit(self, name: str) -> int | None:
        """Return the number of a request that may be opened, None where the work stays.

        Args:
            name: What the scan is called.
        """
        if not await self._question.may_open(name):
            return None
        self._on_permitted()
        return self._scan.expect(name)

    async def open_path(self, path: Path, *, name: str = "", request: int | None = None) -> bool:
        """Open an image file or a folder of DICOM slices; returns whether it is shown.

        Args:
            path: The file or folder.
            name: What it is called on the page; empty: as on the disk.
            request: Number of a request that was permitted; None: permission is asked here.
        """
        if request is None:
            request = await self.permit(name or path.name)
        if request is None:
            return False
        return await self._shown(self._scan.open_path(path, name=name, request=request))

    async def open_sample(self, sample: Sample) -> bool:
        """Open a sample, likewise."""
        request = await self.permit(sample.name)
        if request is None:
            return False
        return await self._shown(self._scan.open_sample(sample, request=request))

    def abandon(self, request: int) -> None:
        """Wait no more for a permitted request, if it is the latest: nothing may be lost for it."""
        if request == self._scan.request:
            self._unsaved.keep()
        self._scan.give_up(request)

    def cancel(self) -> None:
        """Open none of the scans that were asked for; the one that is shown stays."""
        self.abandon(self._scan.request)
        self._scan.outdate()

    async def _shown(self, opening: Awaitable[bool]) -> bool:
        try:
            return await opening
        except SAMMoEError as error:
            refused = error
        except Exception as error:  # the border: what a file holds makes readers raise anything
            logging.getLogger(__name__).exception("while opening a scan")
            refused = SAMMoEError(
                f"this cannot be read as a scan ({type(error).__name__}: {error})"
            )
        self._unsaved.keep()
        self._refuse(refused)
        return False
