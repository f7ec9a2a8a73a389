"""The worker's two threads: one reads frames, the other carries out one request at a time."""

import logging
import threading
from io import FileIO
from typing import Any

from ..errors import ProtocolError, SAMMoEError
from ..result import Result
from .failures import error_to_body
from .framing import UnattachableError
from .handler import Handler, LoadPredictor
from .inbox import Inbox
from .protocol import EXIT_GRACE_S, PROTOCOL_EXIT_CODE, PROTOCOL_VERSION, Kind, Message
from .shared_volume import attach_segment, remove_names
from .stdio import leave
from .transport import BadMessageError, read_message, write_message

_log = logging.getLogger(__name__)


class Server:
    """Answers one client until the client's end of the pipe closes.

    Args:
        frames_in: Where the client's frames come from.
        frames_out: Where answers go.
        load_predictor: Makes a predictor of a bundle.
        share: Map the client's shared memory where possible.
    """

    def __init__(
        self,
        frames_in: FileIO,
        frames_out: FileIO,
        *,
        load_predictor: LoadPredictor,
        share: bool = True,
    ) -> None:
        self._frames_in = frames_in
        self._frames_out = frames_out
        self._may_share = share
        self._compress = False
        self._segment_prefix = ""
        self._return_code = 0
        self._sending = threading.Lock()
        self._finished = threading.Event()
        self._inbox = Inbox()
        self._request_id: int | None = None
        self._handler = Handler(
            load_predictor,
            report=self._report,
            preview=self._show_early,
            cancelled=self._inbox.is_cancelled,
        )

    def run(self) -> int:
        """Serve until the client is gone; returns the exit status for the process."""
        threading.Thread(target=self._read, name="sammoe-worker-read", daemon=True).start()
        while (request := self._inbox.take()) is not None:
            self._answer(request)
        self._finished.set()
        return self._return_code

    def _answer(self, request: Message) -> None:
        """Carry out a request and answer it, with an error where either fails."""
        self._request_id = request.id
        try:
            answer = self._handler.handle(request)
            if answer is not None and not self._inbox.is_cancelled():
                kind, body = answer
                self._send(kind, request.id, **body)
        except SAMMoEError as error:
            self._fail(request.id, error)
        except Exception as error:  # noqa: BLE001 - the border: one request must not end the worker
            _log.exception("%s failed", request.kind.value)
            self._fail(request.id, error)

    def _fail(self, id: int | None, error: Exception) -> None:
        if not self._inbox.is_cancelled():
            self._send(Kind.FAILED, id, **error_to_body(error))

    def _report(self, stage: str) -> None:
        self._send(Kind.PROGRESS, self._request_id, stage=stage)

    def _show_early(self, result: Result) -> None:
        if not self._inbox.is_cancelled():
            self._send(Kind.PREVIEW, self._request_id, result=result)

    def _send(self, kind: Kind, id: int | None = None, /, **body: Any) -> None:
        try:
            with self._sending:
                write_message(self._frames_out, Message(kind, id, body), compress=self._compress)
        except OSError:
            self._inbox.close()  # the client is gone

    def _read(self) -> None:
        """Take in messages until the stream ends, then end the process, computing or not."""
        try:
            while self._read_one():
                pass
        except UnattachableError as error:
            _log.warning("%s", error)
            self._send(Kind.UNATTACHABLE)
        except OSError as error:
            _log.error("standard input cannot be read: %s", error)
        except Exception as error:  # noqa: BLE001 - the border: what comes in is not ours
            _log.error("%s", error, exc_info=not isinstance(error, ProtocolError))
            self._return_code = PROTOCOL_EXIT_CODE
            self._send(Kind.FAILED, None, **error_to_body(error))
        self._inbox.close()
        remove_names(self._segment_prefix)
        if not self._finished.wait(EXIT_GRACE_S):
            leave(self._return_code)

    def _read_one(self) -> bool:
        try:
            message = read_message(self._frames_in)
        except BadMessageError as error:
            self._send(Kind.FAILED, error.id, **error_to_body(error.cause))
            return True
        if message is None:
            return False
        if message.kind == Kind.HELLO:
            self._greet(message.body)
        elif message.kind == Kind.PING:
            self._send(Kind.PONG)
        elif message.kind == Kind.CANCEL:
            self._inbox.cancel(message.id)
        else:
            if message.kind == Kind.SET_VOLUME:
                self._send(Kind.RECEIVED, message.id)
            self._inbox.put(message)
        return True

    def _greet(self, body: dict[str, Any]) -> None:
        self._segment_prefix = str(body.get("segment_prefix"))
        shares = self._may_share and _can_attach(body.get("segment"))
        self._compress = body.get("compress") is True and not shares
        self._send(Kind.HELLO, None, version=PROTOCOL_VERSION, shared_memory=shares)
        if body.get("version") != PROTOCOL_VERSION:
            raise ProtocolError(
                f"the client speaks version {body.get('version')} of the protocol, this worker "
                f"{PROTOCOL_VERSION}; install the same version of SAMMoESlicer for both"
            )


def _can_attach(segment: Any) -> bool:
    if not isinstance(segment, tuple) or len(segment) != 3:
        return False
    try:
        attach_segment(*segment)
    except (ProtocolError, TypeError):
        return False
    return True
