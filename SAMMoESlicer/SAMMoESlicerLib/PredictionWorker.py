"""The worker as the session and the panel see it: a phase, requests, answers."""

import time
from collections import deque
from collections.abc import Callable
from typing import Any

from sammoe import PredictOptions, Volume
from sammoe.errors import WorkerError
from sammoe.worker import (
    Answering,
    Cancelled,
    Crashed,
    Failed,
    LogLine,
    Predicted,
    Preview,
    Progress,
    Ready,
    Silent,
)

from .Bridge import PromptState
from .Client import Client
from .HandedVolume import HandedVolume
from .Phase import Phase
from .PredictionRequest import PredictionRequest
from .PromptedSegment import PromptedSegment
from .Signal import Signal
from .WorkerInfo import WorkerInfo

LOG_LINES = 500


class PredictionWorker:
    """Keeps one request under way at most, and knows what the worker is doing.

    Signals:
        stateChanged(): Phase or stage changed.
        answered(request, result): A prediction is there.
        previewed(request, result): What the first look drew, while the answer is still to come.
        failed(message): A request, or the worker, failed.
        fellSilent(message): The worker runs and gives no sign of life; a restart may help.
        stopped(): The user gave up what is under way.

    Attributes:
        phase: See `Phase`.
        stage: What a request has reached, a short word; empty where none is under way.
        info: What the worker says of bundle, experts, device and versions.
        lastClick_ms: From asking to the answer, the last time.
        log: The last lines of the worker's log.
        mayStart: Asked before a worker is started and before a volume is handed over; says no
            while the user has not agreed that images leave this computer.

    Args:
        client: A `WorkerClient`, or a fake; started at the first need.
        clock: Seconds, rising.
    """

    def __init__(self, client: Client, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.stateChanged, self.answered, self.failed = Signal(), Signal(), Signal()
        self.previewed, self.fellSilent, self.stopped = Signal(), Signal(), Signal()
        self.phase = Phase.OFF
        self.stage = ""
        self.info = WorkerInfo()
        self.lastClick_ms: float | None = None
        self.log: deque[str] = deque(maxlen=LOG_LINES)
        self.mayStart: Callable[[], bool] = lambda: True
        self._client = client
        self._clock = clock
        self._loadId: int | None = None
        self._gaveUp = self._wasStarting = False
        self._handed = HandedVolume()
        self._request: PredictionRequest | None = None
        self._handlers: dict[type, Callable[[Any], None]] = {
            Ready: self._onReady,
            Progress: self._onProgress,
            Preview: self._onPreview,
            Predicted: self._onPredicted,
            Cancelled: self._onCancelled,
            Failed: self._onFailed,
            Crashed: self._onCrashed,
            Silent: self._onSilent,
            Answering: self._onAnswering,
            LogLine: lambda event: self.log.append(event.text),
        }

    def start(self) -> None:
        """Start the worker, before the first click if the user is to wait less.

        One that gave up, or could not load its bundle, is started afresh.

        Raises:
            WorkerError: It may not be started.
        """
        if self.phase is not Phase.OFF:
            return
        self._checkMayStart()
        if self._gaveUp:
            self.restart()
        else:
            self._loadId = self._client.start()
            self._become(Phase.STARTING)

    def restart(self) -> None:
        """Start a fresh worker; volume and request are kept.

        Raises:
            WorkerError: It may not be started.
        """
        self._checkMayStart()
        self._gaveUp = False
        self._client.restart()
        self._become(Phase.STARTING)

    def useClient(self, client: Client) -> None:
        """Go on with another worker (device, bundle, host); it gets the volume and the request.

        One that may not be started gets nothing and waits for the next prompt.
        """
        volume, request, wasOff = self._handed.volume, self._request, self.phase is Phase.OFF
        if not self.mayStart():
            volume, request, wasOff = None, None, True
        self._client.close()
        self._client, self._request, self.info = client, None, WorkerInfo()
        self._handed.forget()
        self._gaveUp = False
        self._become(Phase.OFF)
        if not wasOff:
            self.start()
        if request is not None:
            self.ask(request.target, request.prompts, request.options, request.volume)
        elif volume is not None and not wasOff:
            self.setVolume(volume)

    def setVolume(self, volume: Volume) -> None:
        """Hand the volume to the worker unless it has it."""
        self._handed.handOver(self._client, volume)

    def ask(
        self,
        target: PromptedSegment,
        prompts: PromptState,
        options: PredictOptions,
        volume: Volume,
    ) -> None:
        """Ask for the mask of these prompts; an earlier request gets no answer any more."""
        self.start()
        self.setVolume(volume)
        id = self._client.predict(prompts.toPromptSet(), options)
        self._request = PredictionRequest(id, target, prompts, options, volume, self._clock())
        if self.phase is Phase.READY:
            self._become(Phase.WORKING)

    def lookAhead(self, prompts: PromptState, options: PredictOptions, volume: Volume) -> None:
        """Let an idle worker compute now what a click would ask for; no answer, no failure."""
        if self.phase is Phase.READY and self.mayStart() and not self._handed.isRefused(volume):
            self.setVolume(volume)
            self._client.look_ahead(prompts.toPromptSet(), options)

    @property
    def request(self) -> PredictionRequest | None:
        """The request under way."""
        return self._request

    def isBusyWith(self, target: PromptedSegment) -> bool:
        """Say whether the request under way is about this segment."""
        return self._request is not None and self._request.target is target

    def cancel(self) -> None:
        """Give the request under way up."""
        if self._request is not None:
            self._client.cancel(self._request.id)
            self._finish()

    def stop(self) -> None:
        """Give up what is under way: the request, or the worker that starts or is silent."""
        self.cancel()
        self.stopped.emit()
        if self.phase in (Phase.STARTING, Phase.SILENT):
            self._client.close()
            self._become(Phase.OFF)

    def poll(self) -> None:
        """Take what the worker has to say; never waits."""
        for event in self._client.poll():
            handle = self._handlers.get(type(event))
            if handle is not None:
                handle(event)

    def close(self) -> None:
        """End the worker, with everything it started."""
        self.cancel()
        self._client.close()
        self._become(Phase.OFF)

    def _checkMayStart(self) -> None:
        if not self.mayStart():
            raise WorkerError("nothing was sent: you have not agreed to the remote worker yet")

    def _onReady(self, event: Ready) -> None:
        self.info = WorkerInfo.fromReady(event.info)
        self._become(Phase.WORKING if self._request else Phase.READY)

    def _onProgress(self, event: Progress) -> None:
        if self._request is not None and event.id == self._request.id:
            self.stage = event.stage
            self.stateChanged.emit()

    def _onPreview(self, event: Preview) -> None:
        request = self._request
        if request is not None and event.id == request.id and request.isAnsweredBy(event.result):
            self.previewed.emit(request, event.result)

    def _onPredicted(self, event: Predicted) -> None:
        request = self._request
        if request is not None and event.id == request.id:
            self.lastClick_ms = (self._clock() - request.sent_s) * 1e3
            self._finish()
            if request.isAnsweredBy(event.result):
                self.answered.emit(request, event.result)
            else:
                self._handed.forget()
                self.failed.emit("the worker answered for another volume; predict again")

    def _onCancelled(self, event: Cancelled) -> None:
        if self._request is not None and event.id == self._request.id:
            self._finish()

    def _onFailed(self, event: Failed) -> None:
        if event.id == self._loadId and self.phase is Phase.STARTING:
            self._giveUp()
        elif self._handed.takesFailure(event.id):
            self.cancel()  # it would be answered for the volume before
        elif self._request is not None and event.id in (None, self._request.id):
            self._finish()
        self.failed.emit(str(event.error))

    def _onCrashed(self, event: Crashed) -> None:
        if event.will_restart:
            self._become(Phase.STARTING)
        else:
            self._giveUp()
        self.failed.emit(str(event.error))

    def _onSilent(self, event: Silent) -> None:
        self._wasStarting = self.phase is Phase.STARTING
        self._become(Phase.SILENT)
        self.fellSilent.emit(str(event.error))

    def _onAnswering(self, event: Answering) -> None:
        if self.phase is Phase.SILENT:
            listening = Phase.WORKING if self._request else Phase.READY
            self._become(Phase.STARTING if self._wasStarting else listening)

    def _giveUp(self) -> None:
        self.cancel()
        self._gaveUp = True
        self._become(Phase.OFF)

    def _finish(self) -> None:
        self._request = None
        self._become(Phase.READY if self.phase is Phase.WORKING else self.phase)

    def _become(self, phase: Phase) -> None:
        self.phase = phase
        self.stage = ""
        self.stateChanged.emit()
