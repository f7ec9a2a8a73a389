"""Keeps a worker alive: starts it, greets it, tells it what it must know, starts it again."""

import itertools
import time
import weakref
from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import ProtocolError, SAMMoEError, WorkerError
from ..result import Result
from .connection import Connection, Item, Rejected
from .events import (
    Answering,
    Cancelled,
    Crashed,
    Event,
    Failed,
    LogLine,
    Predicted,
    Preview,
    Progress,
    Ready,
    Silent,
    VolumeSet,
)
from .failures import (
    Exited,
    crash_error,
    error_from_body,
    greeting_error,
    hopeless_error,
    silence_error,
    version_error,
)
from .protocol import PROTOCOL_VERSION, RESTART_DELAYS_S, Kind, Message, Patience
from .replay import Replay


class Supervisor:
    """One worker at a time, polled.

    Args:
        command: Program and arguments; None: a worker on this machine.
        share: Offer shared memory.
        patience: How long to believe in a worker that says nothing.
        environment: Of the program; None: this process's.

    Attributes:
        replay: What the next worker will be told; answers to anything else are dropped.
        info: What the last `Ready` said, kept up to date.
        silence: What to say of a worker that gives no sign of life; None: it does.
    """

    def __init__(
        self,
        command: Sequence[str] | None,
        *,
        share: bool,
        patience: Patience,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.replay = Replay()
        self.info: dict[str, Any] = {}
        self.silence: WorkerError | None = None
        self._patience = patience
        self._command = command
        self._environment = environment
        self._share = share
        self._connections: list[Connection] = []  # one or none; the finalizer has both lists too
        self._leaving: list[Connection] = []  # told to end, perhaps not gone yet
        self._started = False
        self._started_s = 0.0
        self._listening = self._loaded = False
        self._crashes = 0
        self._restart_at_s: float | None = None
        weakref.finalize(self, _kill_all, self._connections, self._leaving)

    @property
    def is_running(self) -> bool:
        """Say whether there is a worker, or will be one without being asked for."""
        return self._started and (bool(self._connections) or self._restart_at_s is not None)

    def start(self) -> None:
        """Start a worker unless there is one."""
        if not self.is_running:
            self.restart()

    def restart(self) -> None:
        """Start a worker, in the place of the present one if there is one."""
        self._started = True
        self._crashes = 0
        self._connect()

    def send(self, message: Message) -> None:
        """Send a message that `replay` remembers; a worker given up on is tried once more."""
        if self._listening:
            self._connections[0].send(message)
        elif self._started:
            self.start()

    def send_if_idle(self, message: Message) -> None:
        """Send a message nobody will miss, to a worker that has nothing else to do."""
        if self._listening and self._loaded and not self.replay.is_waiting:
            self._connections[0].send(message)

    def poll(self) -> list[Event]:
        """Return what happened since the last call, and restart the worker when it is time."""
        if not self._started:
            return []
        if self._restart_at_s is not None and time.monotonic() >= self._restart_at_s:
            self._connect()
        events: list[Event] = []
        for connection in list(self._connections):
            for item in connection.received():
                if connection in self._connections:  # not given up on by the item before
                    events += self._take_in(item)
        return events + self._check_pulse()

    def close(self, timeout_s: float = 0.0) -> bool:
        """End the worker and forget its request; returns whether it has gone within that time.

        So have all that were there before it.
        """
        self.replay.drop_predict()
        self._started = self._listening = self._loaded = False
        self.silence = None
        self._restart_at_s = None
        for connection in self._connections:
            connection.close()
        end_s = time.monotonic() + timeout_s
        return all(
            [
                connection.wait_ended(max(end_s - time.monotonic(), 0.0))
                for connection in (*self._leaving, *self._connections)
            ]
        )

    def _connect(self) -> None:
        self._restart_at_s = None
        self._listening = self._loaded = False
        self.silence = None
        self._started_s = time.monotonic()
        self._let_go()
        perhaps_remote = self._command is not None
        self._connections.append(
            Connection(
                self._command,
                share=self._share,
                compress=perhaps_remote,
                patience=self._patience,
                environment=self._environment,
            )
        )

    def _let_go(self) -> None:
        """End the worker at once and hear no more of it; `close` waits until it has gone."""
        for connection in self._connections:
            connection.close(grace_s=0.0)
        known = (*self._leaving, *self._connections)
        self._leaving[:] = [connection for connection in known if not connection.wait_ended(0.0)]
        self._connections.clear()

    def _take_in(self, item: Item) -> list[Event]:
        if isinstance(item, str):
            return [LogLine(item)]
        if isinstance(item, Exited):
            return self._mourn(item)
        if isinstance(item, Rejected):
            return self._failed(item.id, item.error)
        if item.kind == Kind.HELLO:
            return self._greet(item.body.get("version"))
        if item.kind == Kind.UNATTACHABLE:
            self._share = False
        if item.kind == Kind.FAILED:
            return self._failed(item.id, error_from_body(item.body))
        return self._answered(item) if self.replay.knows(item.id) else []

    def _greet(self, version: Any) -> list[Event]:
        if version != PROTOCOL_VERSION:
            return self._give_up(version_error(version))
        self._listening = True
        for message in self.replay.messages():
            self._connections[0].send(message)
        return []

    def _answered(self, answer: Message) -> list[Event]:
        id, body = answer.id or 0, answer.body
        if answer.kind == Kind.PROGRESS:
            return [Progress(id, str(body.get("stage")))]
        info = body.get("info")
        if answer.kind == Kind.READY and isinstance(info, dict) and self.replay.loaded(id):
            self._loaded = True
            self.info = dict(info)
            self._note_memory(info)
            return [Ready(id, dict(self.info))]
        if answer.kind == Kind.VOLUME_SET:
            return [VolumeSet(id)]
        result = body.get("result")
        if answer.kind == Kind.PREVIEW and isinstance(result, Result):
            return [Preview(id, result)]
        if answer.kind == Kind.PREDICTED and isinstance(result, Result):
            self.replay.drop_predict()
            self._crashes = 0
            self._note_memory(body)
            return [Predicted(id, result)]
        return self._failed(id, ProtocolError(f"the worker answered with {answer.kind.value!r}"))

    def _note_memory(self, said: dict[str, Any]) -> None:
        if "peak_memory_mb" in said:
            memory_mb = said["peak_memory_mb"]
            is_number = isinstance(memory_mb, int | float)
            self.info["peak_memory_mb"] = memory_mb if is_number else None

    def _failed(self, id: int | None, error: SAMMoEError) -> list[Event]:
        if id is None:
            return [Failed(id, error)]
        if not self.replay.knows(id):
            return []
        meant_for_it = self.replay.failed(id)
        if meant_for_it is None:
            return [Failed(id, error)]
        self.send(Message(Kind.CANCEL, meant_for_it))  # the worker still has the volume before
        return [Failed(id, error), Cancelled(meant_for_it)]

    def _check_pulse(self) -> list[Event]:
        """Notice a worker that never greets, falls silent, or answers again."""
        if not self._connections or self._restart_at_s is not None:
            return []
        patience = self._patience
        if not self._listening:
            late = time.monotonic() - self._started_s > patience.start_s
            return self._give_up(greeting_error(patience.start_s)) if late else []
        silent_s = self._connections[0].silent_s
        if silent_s > (patience.silence_s if self._loaded else patience.start_s):
            was_told, self.silence = self.silence is not None, silence_error(silent_s)
            return [] if was_told else [Silent(self.silence)]
        answers_again, self.silence = self.silence is not None, None
        return [Answering()] if answers_again else []

    def _mourn(self, exited: Exited) -> list[Event]:
        """Report the end of a worker and decide whether, and when, the next one starts."""
        error = crash_error(exited)
        if not self._listening or self._crashes >= len(RESTART_DELAYS_S):
            return self._give_up(error)
        delay_s = RESTART_DELAYS_S[self._crashes]
        self._crashes += 1
        self._listening = self._loaded = False
        self.silence = None
        self._restart_at_s = time.monotonic() + delay_s
        events: list[Event] = [Crashed(error, delay_s)]
        hopeless = self.replay.crashed()
        if hopeless is not None:
            events.append(Failed(hopeless, hopeless_error(exited)))
        return events

    def _give_up(self, error: SAMMoEError) -> list[Event]:
        self._listening = self._loaded = False
        self.silence = None
        self._let_go()
        events: list[Event] = [Crashed(error, None)]
        unanswered = self.replay.drop_predict()
        if unanswered is not None:
            events.append(Failed(unanswered, error))
        return events


def _kill_all(*connections: list[Connection]) -> None:
    for connection in itertools.chain(*connections):
        connection.kill()
