"""The client's side: hand over requests, poll for events; nothing waits but `wait` and `close`."""

import itertools
import os
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self, TypeGuard

from ..errors import WorkerError
from ..options import PredictOptions
from ..prompts import PromptSet
from ..volume import Volume
from .events import Answer, Cancelled, Crashed, Event, Failed
from .protocol import CLOSE_GRACE_S, Kind, Message, Patience
from .supervisor import Supervisor

_POLL_INTERVAL_S = 0.001


class WorkerClient:
    """A worker process, started again when it dies; for one thread, which polls.

    Requests may be made at any time; they are sent as soon as the worker listens, and again to
    the next worker if this one dies. Only the newest `predict` is answered.

    Args:
        command: Program and arguments, such as `["ssh", "gpu-host", "sammoe-worker"]`; None: a
            worker on this machine.
        bundle: Folder of the model on the worker's machine; None: the worker's default.
        device: "auto", "cpu", "cuda", "cuda:N" or "mps".
        shared_memory: Offer shared memory; a worker that cannot map it gets arrays by the pipe.
        threads: Threads the model may use on a CPU; None: the worker's default.
        precision: Of a CPU: "auto", "float32" or "bfloat16".
        patience: How long to believe in a worker that says nothing.
        environment: Of the program; None: this process's.
    """

    def __init__(
        self,
        command: Sequence[str] | None = None,
        *,
        bundle: str | os.PathLike[str] | None = None,
        device: str = "auto",
        shared_memory: bool = True,
        threads: int | None = None,
        precision: str = "auto",
        patience: Patience | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._supervisor = Supervisor(
            command,
            share=shared_memory,
            patience=patience or Patience(),
            environment=environment,
        )
        self._settings = {"device": device, "threads": threads, "precision": precision}
        self._ids = itertools.count(1)
        self._events: deque[Event] = deque()
        self._predict_ids: set[int] = set()
        self._load_id = self.load_bundle(bundle)

    def start(self) -> int:
        """Start the worker unless it runs; returns the id of the first load request.

        `Ready` answers that; a program that cannot be started is reported as `Crashed`.
        """
        self._supervisor.start()
        return self._load_id

    def load_bundle(self, bundle: str | os.PathLike[str] | None) -> int:
        """Load another bundle (None: the default); if that fails, the present one stays."""
        path = None if bundle is None else os.fspath(bundle)
        return self._ask(Kind.LOAD, bundle=path, **self._settings)

    def set_volume(self, volume: Volume) -> int:
        """Choose the volume; an unanswered `predict` is cancelled. `VolumeSet` answers.

        If it fails, so is a `predict` made since, which the worker would answer for the volume
        before.

        The array is read in the background, and again after a crash: do not write to it.
        """
        return self._ask(Kind.SET_VOLUME, volume=volume)

    def predict(self, prompts: PromptSet, options: PredictOptions | None = None) -> int:
        """Ask for the mask of all these prompts; supersedes an unanswered `predict`."""
        id = self._ask(Kind.PREDICT, prompts=prompts, options=options or PredictOptions())
        self._predict_ids.add(id)
        return id

    def look_ahead(self, prompts: PromptSet, options: PredictOptions | None = None) -> None:
        """Let the worker compute now what a `predict` may ask soon; no answer, no error.

        It is given up at once for anything else, and nothing is sent to a worker that is busy.
        """
        body = {"prompts": prompts, "options": options or PredictOptions()}
        self._supervisor.send_if_idle(Message(Kind.LOOK_AHEAD, next(self._ids), body))

    def reset(self) -> int:
        """Let the worker forget every click; an unanswered `predict` is cancelled. No answer."""
        return self._ask(Kind.RESET)

    def cancel(self, id: int) -> None:
        """Cancel a `predict`, between two stages if it runs; an answered one is left alone."""
        if self._supervisor.replay.awaits_predict(id):
            self._supervisor.replay.drop_predict()
            self._supervisor.send(Message(Kind.CANCEL, id))
            self._events.append(Cancelled(id))

    def poll(self) -> list[Event]:
        """Return what happened since the last call; never waits. Also what restarts a worker."""
        self._events += self._supervisor.poll()
        events = list(self._events)
        self._events.clear()
        return events

    def wait(
        self,
        id: int,
        *,
        timeout_s: float = float("inf"),
        on_event: Callable[[Event], None] | None = None,
    ) -> Answer:
        """Poll until a request is answered, and return the answer. Blocks: not for a UI.

        Args:
            id: What `start`, `load_bundle`, `set_volume` or `predict` returned; not yet reported
                by `poll`.
            timeout_s: Give up after that time; the request goes on.
            on_event: Called with every event that comes, the answer included.

        Raises:
            SAMMoEError: The request failed in the worker, or the bundle or volume before it did.
            WorkerError: Cancelled or superseded, no answer in time, a worker that gives no sign of
                life, or none any more.
        """
        end_s = time.monotonic() + timeout_s
        while time.monotonic() < end_s and self._supervisor.is_running:
            self._events += self._supervisor.poll()
            while self._events:
                event = self._events.popleft()
                if on_event is not None:
                    on_event(event)
                if self._answers(event, id):
                    return event
            if not self._supervisor.replay.knows(id):
                raise WorkerError("the request was superseded, or answered already")
            if self._supervisor.silence is not None:
                raise self._supervisor.silence
            time.sleep(_POLL_INTERVAL_S)
        if not self._supervisor.is_running:
            raise WorkerError("no worker is running; start it first")
        raise WorkerError(f"no answer from the worker within {timeout_s:g} seconds")

    def describe(self) -> dict[str, Any]:
        """Return what the worker said of bundle, device, versions and memory; empty before."""
        return dict(self._supervisor.info)

    def restart(self) -> None:
        """Start a fresh worker in the place of this one; bundle, volume and request are kept."""
        self._supervisor.restart()

    def close(self, *, timeout_s: float = 0.0) -> bool:
        """End the worker and everything it started; returns whether it has gone already.

        An unanswered `predict` is forgotten; `start` starts another worker.

        Args:
            timeout_s: Wait up to that time; with 0 it goes in the background.
        """
        return self._supervisor.close(timeout_s)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.close(timeout_s=2 * CLOSE_GRACE_S)

    def _ask(self, kind: Kind, /, **body: Any) -> int:
        id = next(self._ids)
        request = Message(kind, id, body)
        superseded = self._supervisor.replay.remember(request)
        if superseded is not None:
            self._events.append(Cancelled(superseded, superseded_by=id))
        self._supervisor.send(request)
        return id

    def _answers(self, event: Event, id: int) -> TypeGuard[Answer]:
        """Say whether the event is the request's answer.

        Raises:
            SAMMoEError: It says that no answer will come.
        """
        if isinstance(event, Failed):
            precedes = event.id is None or (event.id < id and event.id not in self._predict_ids)
            if precedes or event.id == id:
                raise event.error
        if isinstance(event, Crashed) and not event.will_restart:
            raise event.error
        if isinstance(event, Cancelled) and event.id == id:
            raise WorkerError("the request was cancelled")
        return isinstance(event, Answer) and event.id == id
