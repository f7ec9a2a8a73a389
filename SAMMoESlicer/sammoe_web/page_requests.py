"""What the page's script asks of the server: keys, uploads, files to save."""

import asyncio
import logging
from asyncio import Task
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from trame_server import Server
from trame_server.utils.asynchronous import create_task

from sammoe.errors import SAMMoEError

from .drawing import LASSO, SCRIBBLE
from .panel import Panel
from .uploads import UploadError

PATIENCE_S = 30.0
"""For the next piece of an upload, a megabyte: as long as it takes at 35 kB/s."""


class PageRequests:
    """Registers the names under which `sammoe.js` calls.

    Args:
        server: The trame server.
        panel: What is called.
        patience_s: How long a page that uploads may say nothing: it may have been closed.
    """

    def __init__(self, server: Server, panel: Panel, *, patience_s: float = PATIENCE_S) -> None:
        self._panel = panel
        self._patience_s = patience_s
        self._uploads = panel.uploads
        self._permits: dict[int, Task[int | None]] = {}
        session = panel.session
        self._keys: dict[str, Callable[[], object]] = {
            "positive": lambda: panel.place("positive"),
            "negative": lambda: panel.place("negative"),
            "box": lambda: panel.place("box"),
            "stop": panel.stop,
            "give_up": panel.prompting.mouse.giveUp,
            "scribble": lambda: panel.drawing.toggle(SCRIBBLE),
            "lasso": lambda: panel.drawing.toggle(LASSO),
            "next": panel.next_segment,
            "undo": session.undo,
            "redo": session.redo,
            "start_over": panel.start_over,
            "next_step": panel.presentation.go_on,
            "adjust": lambda: panel.adjust(not panel.views.is_adjusting),
            "crosshair": lambda: panel.show_crosshair(not panel.views.has_crosshair),
        }
        answers: dict[str, Callable[..., Any]] = {
            "key": self._press,
            "gesture": panel.views.gestures.take,
            "upload_begin": self._begin_upload,
            "upload_piece": self._add_piece,
            "upload_end": self._end_upload,
            "unreadable": self._refuse_unreadable,
            "save": self._save,
            "saved": self._confirm,
            "hello": lambda: True,  # a page that asks hears whether it is still connected
            "answer": panel.question.answer,
        }
        for name, answer in answers.items():
            server.controller.trigger(f"sammoe_{name}")(answer)

    def _press(self, action: str) -> None:
        if action in self._keys:
            self._keys[action]()

    def _begin_upload(self, files: list[list[Any]], dropped_folder: str = "") -> int | None:
        """Return the id under which the files may be sent, None where they are refused.

        Whether they may be opened is asked meanwhile. Nothing here waits for the answer: a page's
        messages are taken one after the other, and the answer is one of them.
        """
        announced = [(str(name), int(size)) for name, size in files]
        with self._refusing():
            upload = self._uploads.begin(announced, dropped_folder=str(dropped_folder))
            name = self._uploads.name(upload)
            self._permits[upload] = create_task(self._permit(upload, name))
            create_task(self._end_if_left(upload, name))
            return upload
        return None

    async def _end_if_left(self, upload: int, name: str) -> None:
        """End an upload whose page was closed in the midst of it: nobody else says that it is over.

        Until then the other pages, or the next one, show that a scan is being opened.
        """
        while upload in self._permits and self._uploads.silent_s(upload) < self._patience_s:
            await asyncio.sleep(self._patience_s / 10)
        if upload in self._permits:
            is_wanted = self._uploads.accepts(upload)
            self._end_upload(upload, is_whole=False)
            if is_wanted:
                self._panel.refuse(UploadError(f"{name} has not arrived; drop it again"))

    async def _permit(self, upload: int, name: str) -> int | None:
        request = await self._panel.opener.permit(name)
        if request is None:
            self._uploads.end(upload)
        elif self._uploads.accepts(upload):
            self._uploads.prefer(upload, request)
        return request

    def _add_piece(self, upload: int, index: int, piece: bytes) -> bool:
        if not self._uploads.accepts(upload):
            return False
        with self._refusing():
            self._uploads.add(upload, index, piece)
            return True
        return False

    def _end_upload(self, upload: int, is_whole: bool) -> None:
        if upload in self._permits:
            create_task(self._open_upload(upload, self._permits.pop(upload), is_whole=is_whole))

    async def _open_upload(
        self, upload: int, permit: "Task[int | None]", *, is_whole: bool
    ) -> None:
        if not is_whole:
            permit.cancel()  # what has not arrived is not asked about any more
        await asyncio.wait({permit})
        request = None if permit.cancelled() else permit.result()
        if is_whole and request == self._panel.scan.request:
            with self._refusing():
                path, name = self._uploads.take(upload), self._uploads.name(upload)
                await self._panel.opener.open_path(path, name=name, request=request)
        if request is not None:
            self._panel.opener.abandon(request)
        self._uploads.end(upload)
        self._panel.changed.emit()

    def _refuse_unreadable(self, name: str) -> None:
        text = f"{name} cannot be read; was it moved, changed or unplugged? Drop it again"
        self._panel.refuse(UploadError(text))

    def _save(self, kind_id: str) -> dict[str, Any] | None:
        """Return a file; the page says 'saved' once it has it, with the file's receipt."""
        with self._refusing():
            file = self._panel.saving.make(kind_id)
            return {"name": file.name, "content": file.content, "receipt": file.receipt}
        return None

    def _confirm(self, receipt: int) -> None:
        self._panel.saving.confirm(receipt)
        self._panel.changed.emit()

    @contextmanager
    def _refusing(self) -> Iterator[None]:
        """Say on the page what is wrong, where something is."""
        try:
            yield
        except (SAMMoEError, OSError) as error:
            self._panel.refuse(error)
        except Exception as error:  # the border: a page that hears nothing waits for ever
            logging.getLogger(__name__).exception("while answering the page")
            self._panel.refuse(SAMMoEError(f"this failed ({type(error).__name__}: {error})"))
        else:
            self._panel.changed.emit()
