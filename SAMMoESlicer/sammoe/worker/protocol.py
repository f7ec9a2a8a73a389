"""What client and worker agree on: version, limits, kinds of message, waiting times.

A connection starts with one `HELLO` from each side. Then the client asks (`LOAD`, `SET_VOLUME`,
`PREDICT`, `RESET`, each with an id; `CANCEL` with the id to cancel) and the worker answers with
the same id: `PROGRESS` any number of times and perhaps one `PREVIEW`, then one of `READY`,
`VOLUME_SET`, `PREDICTED`, `FAILED`. A cancelled or superseded request gets no answer. `FAILED`
without an id is about the connection. `RECEIVED` says that the shared memory of a request is mapped
and needs its name no more; `UNATTACHABLE` that it could not be mapped, so that the client starts
again without.

`LOOK_AHEAD` is a `PREDICT` that may be asked for soon: computed when there is nothing else to do,
given up for anything else, never answered.

The worker keeps the last few volumes. `VOLUME_SET` tells which, and a `SET_VOLUME` with a
`content_hash` in the place of a volume chooses one of them. `PING` comes from the client now and
then and is answered with `PONG` at once, also while the model computes.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

PROTOCOL_VERSION = 4

MAGIC = b"SMoE"
MAX_HEADER_BYTES = 4 << 20
MAX_BODY_BYTES = 16 << 30
MAX_INFLATED_BYTES = 2 << 30
"""What the compressed arrays of a frame may take; larger ones travel as they are."""
MAX_ARRAYS = 512
"""Every curve of a prompt set is one."""
MAX_DIMENSIONS = 5
MAX_DEPTH = 64
"""Of values within values."""
MAX_ID = 1 << 53

SHARE_FROM_BYTES = 1 << 20
"""Smaller arrays travel in the frame even where memory is shared."""
NONCE_BYTES = 16
SEGMENT_PREAMBLE_BYTES = 64
"""The nonce, padded so that the array behind it stays aligned."""

PROTOCOL_EXIT_CODE = 3
"""A worker's exit status after a frame it could not read."""

EXIT_GRACE_S = 0.5
"""How long a worker whose stdin closed may finish what it does before it leaves in mid-step."""
CLOSE_GRACE_S = 1.5
"""How long the client waits for that before it kills the whole process tree."""
RESTART_DELAYS_S = (0.0, 1.0, 4.0)
"""Back-off before each restart in a row; after the last the client gives up until asked."""
MAX_REPLAYS = 1
"""How often a request that was running when the worker died is tried again."""
LOG_TAIL_LINES = 12
MAX_LOG_LINE_BYTES = 4096
MAX_WAITING_LOG_LINES = 1000
"""Older lines of the log are dropped where nobody polls for them in time."""

KEPT_VOLUMES = 4
MAX_KEPT_BYTES = 1 << 30
"""What the worker keeps of earlier volumes beside the chosen one."""


@dataclass(frozen=True)
class Patience:
    """How long the client believes in a worker that says nothing; any byte counts as life.

    Attributes:
        start_s: To greet, which takes a login and Python's start; and between two signs of life
            until the first bundle is loaded, when a cold import of torch may hold everything up.
        silence_s: Between two signs of life later on.
        heartbeat_s: After how much silence the worker is asked for a sign.
    """

    start_s: float = 60.0
    silence_s: float = 30.0
    heartbeat_s: float = 5.0


class Kind(StrEnum):
    """Kinds of message, in the order in which a session meets them."""

    HELLO = "hello"
    LOAD = "load"
    READY = "ready"
    SET_VOLUME = "set_volume"
    RECEIVED = "received"
    UNATTACHABLE = "unattachable"
    VOLUME_SET = "volume_set"
    PREDICT = "predict"
    LOOK_AHEAD = "look_ahead"
    PROGRESS = "progress"
    PREVIEW = "preview"
    PREDICTED = "predicted"
    CANCEL = "cancel"
    RESET = "reset"
    FAILED = "failed"
    PING = "ping"
    PONG = "pong"


SUPERSEDING = {
    Kind.LOAD: {Kind.LOOK_AHEAD},
    Kind.PREDICT: {Kind.PREDICT, Kind.LOOK_AHEAD},
    Kind.LOOK_AHEAD: {Kind.LOOK_AHEAD},
    Kind.RESET: {Kind.PREDICT, Kind.LOOK_AHEAD},
    Kind.SET_VOLUME: {Kind.PREDICT, Kind.LOOK_AHEAD, Kind.RESET, Kind.SET_VOLUME},
}
"""What is not worth starting, or going on with, once a newer request of a kind has come."""


@dataclass(frozen=True, eq=False)
class Message:
    """One message in either direction.

    Attributes:
        kind: What it is.
        id: The request it asks or answers; None where it is about the connection.
        body: Whatever `codec.encode` can carry, by name.
    """

    kind: Kind
    id: int | None = None
    body: dict[str, Any] = field(default_factory=dict)
