"""Messages on a stream: `codec` for the values, `framing` for the bytes."""

from numpy.typing import NDArray

from ..errors import ProtocolError, SAMMoEError
from .codec import decode, encode
from .framing import ReadableStream, Share, WritableStream, read_frame, write_frame
from .protocol import MAX_ID, Kind, Message


class BadMessageError(ProtocolError):
    """A whole frame whose content this side cannot use; the stream itself is still in step.

    Attributes:
        id: The request it belongs to, where the header said so.
        cause: What the content's own check raised, or this error.
    """

    def __init__(
        self, message: str, *, id: int | None = None, cause: SAMMoEError | None = None
    ) -> None:
        super().__init__(message)
        self.id = id
        self.cause: SAMMoEError = cause or self


def write_message(
    stream: WritableStream, message: Message, *, compress: bool = False, share: Share | None = None
) -> None:
    """Write one message; not thread-safe.

    Raises:
        ProtocolError: It holds something that cannot travel; nothing was written.
        OSError: The stream broke.
    """
    arrays: list[NDArray] = []
    body = encode(message.body, arrays)
    header = {"kind": message.kind, "id": message.id, "body": body}
    write_frame(stream, header, arrays, compress=compress, share=share)


def read_message(stream: ReadableStream) -> Message | None:
    """Read one message; None where the stream ended between two.

    Raises:
        BadMessageError: The message is malformed, the next one can be read.
        ProtocolError: The stream is malformed and cannot be followed any further.
    """
    frame = read_frame(stream)
    if frame is None:
        return None
    header, arrays = frame
    id = header.get("id")
    if id is not None and not (type(id) is int and 0 <= id <= MAX_ID):
        raise BadMessageError("a message's id is a number")
    try:
        body = decode(header.get("body"), arrays)
        if not isinstance(body, dict):
            raise ProtocolError("a message has no body")
        return Message(Kind(str(header.get("kind"))), id, body)
    except ValueError as error:
        kind = str(header.get("kind"))[:40]
        raise BadMessageError(f"a message of unknown kind {kind!r}", id=id) from error
    except SAMMoEError as error:
        raise BadMessageError(str(error), id=id, cause=error) from error
