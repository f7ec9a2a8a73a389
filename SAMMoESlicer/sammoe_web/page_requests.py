"""What the page's script asks of the server: keys, uploads, files to save."""

from collections.abc import Callable
from typing import Any

from trame_server import Server

from sammoe.errors import SAMMoEError

from .drawing import LASSO, SCRIBBLE
from .panel import Panel


class PageRequests:
    """Registers the names under which `sammoe.js` calls.

    Args:
        server: The trame server.
        panel: What is called.
    """

    def __init__(self, server: Server, panel: Panel) -> None:
        self._panel = panel
        self._uploads = panel.uploads
        session = panel.session
        self._keys: dict[str, Callable[[], object]] = {
            "positive": lambda: panel.place("positive"),
            "negative": lambda: panel.place("negative"),
            "box": lambda: panel.place("box"),
            "stop": panel.stop,
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
            "upload_begin": self._begin_upload,
            "upload_piece": self._add_piece,
            "upload_end": self._end_upload,
            "save": self._save,
        }
        for name, answer in answers.items():
            server.controller.trigger(f"sammoe_{name}")(answer)

    def _press(self, action: str) -> None:
        if action in self._keys:
            self._keys[action]()

    def _begin_upload(self, files: list[list[Any]]) -> bool:
        announced = [(str(name), int(size)) for name, size in files]
        return self._tried(lambda: self._uploads.begin(announced))

    def _add_piece(self, index: int, piece: bytes) -> bool:
        return self._tried(lambda: self._uploads.add(index, piece))

    async def _end_upload(self, is_whole: bool) -> None:
        try:
            if is_whole and self._tried(self._uploads.take):
                await self._panel.open_path(self._uploads.take(), name=self._uploads.name)
        finally:
            self._uploads.end()
            self._panel.changed.emit()

    def _save(self, kind_id: str) -> dict[str, Any] | None:
        made: list[tuple[str, bytes]] = []
        if not self._tried(lambda: made.append(self._panel.saving.make(kind_id))):
            return None
        ((name, content),) = made
        return {"name": name, "content": content}

    def _tried(self, call: Callable[[], object]) -> bool:
        """Call, and say on the page what is wrong; returns whether nothing was."""
        try:
            call()
        except (SAMMoEError, OSError) as error:
            self._panel.refuse(error)
            return False
        self._panel.changed.emit()
        return True
