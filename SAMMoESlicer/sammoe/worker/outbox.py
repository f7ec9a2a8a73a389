"""Messages on their way to the worker, written by a thread so that no caller waits for a pipe."""

import queue
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from ..errors import ProtocolError
from .framing import WritableStream
from .kept_volumes import look_of
from .protocol import PROTOCOL_VERSION, Kind, Message
from .shared_volume import SegmentStore
from .transport import write_message

_PROBE = np.zeros(1, dtype=np.uint8)


class Outbox:
    """Filled by any thread, emptied by the one that runs `write_to`.

    A volume the worker has told that it keeps is named instead of sent again.

    Args:
        share: Offer shared memory; used only if the worker can map it.
        compress: Compress arrays where memory is not shared.
        heartbeat_s: A `PING` goes out after so much time without another message.
        on_rejected: Called with id and error of a message that cannot travel.
    """

    def __init__(
        self,
        *,
        share: bool,
        compress: bool,
        heartbeat_s: float,
        on_rejected: Callable[[int | None, ProtocolError], None],
    ) -> None:
        self._queue: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        self._segments = SegmentStore()
        self._offers_memory = share
        self._memory_shared = False
        self._compress = compress
        self._heartbeat_s = heartbeat_s
        self._on_rejected = on_rejected
        self._greeted = False
        self._kept: set[tuple[str, ...]] = set()
        self._newest_volume_id = 0

    def put(self, message: Message) -> None:
        """Queue a message."""
        self._queue.put(message)

    def put_hello(self) -> None:
        """Queue the greeting."""
        body: dict[str, Any] = {"version": PROTOCOL_VERSION, "compress": self._compress}
        probe = self._segments.add(None, _PROBE) if self._offers_memory else None
        if probe is not None:
            body |= {"segment": (probe.name, probe.nonce, probe.size)}
        self.put(Message(Kind.HELLO, body={**body, "segment_prefix": self._segments.prefix}))

    def close(self) -> None:
        """Let `write_to` return after what is queued."""
        self._queue.put(None)

    def release(self) -> None:
        """Let go of all shared memory."""
        self._segments.release_all()

    def note(self, answer: Message) -> None:
        """Take note of what the worker says of memory and volumes."""
        if answer.kind == Kind.HELLO:
            self._memory_shared = answer.body.get("shared_memory") is True
            self._segments.release(None)
            self._greeted = True
        elif answer.kind == Kind.RECEIVED:
            self._segments.release(answer.id)
        elif answer.kind == Kind.VOLUME_SET and (answer.id or 0) >= self._newest_volume_id:
            self._kept = {tuple(map(str, look)) for look in answer.body.get("kept", ())}

    def write_to(self, stream: WritableStream) -> None:
        """Write until `close`, or until the pipe breaks."""
        while (message := self._next()) is not None:
            try:
                self._write(stream, message)
            except ProtocolError as error:
                self._on_rejected(message.id, error)
            except OSError:
                return  # the process is gone, which is noticed elsewhere

    def _next(self) -> Message | None:
        while True:
            try:
                return self._queue.get(timeout=self._heartbeat_s)
            except queue.Empty:
                if self._greeted:
                    return Message(Kind.PING)

    def _write(self, stream: WritableStream, message: Message) -> None:
        if message.kind == Kind.SET_VOLUME:
            message = self._shortened(message)
        if self._memory_shared:
            share = partial(self._segments.add, message.id)
            write_message(stream, message, share=share)
        else:
            write_message(stream, message, compress=self._compress)

    def _shortened(self, message: Message) -> Message:
        """Return the request with the volume's name in its place where the worker keeps it."""
        volume = message.body["volume"]
        alike = {look[1:] for look in self._kept}
        if look_of(volume) in alike and (volume.content_hash, *look_of(volume)) in self._kept:
            return Message(message.kind, message.id, {"content_hash": volume.content_hash})
        self._kept = set()  # what is kept now is known when this one is answered
        self._newest_volume_id = message.id or 0
        return message
