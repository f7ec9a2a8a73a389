"""What a worker that starts afresh has to be told so that nothing the user did is lost."""

from .protocol import MAX_REPLAYS, SUPERSEDING, Kind, Message


class Replay:
    """The bundle, the volume and the unanswered `predict`, as the messages that asked for them.

    A `predict` carries all prompts of its object, so these few messages are the whole state.
    """

    def __init__(self) -> None:
        self._loads: list[Message] = []  # the loaded bundle, then those asked for since
        self._volume: Message | None = None
        self._predict: Message | None = None
        self._tries = 0

    def messages(self) -> list[Message]:
        """Return what to send to a fresh worker, in order."""
        later = (message for message in (self._volume, self._predict) if message is not None)
        return [*self._loads, *later]

    def knows(self, id: int | None) -> bool:
        """Say whether an answer with this id is still wanted."""
        return any(message.id == id for message in self.messages())

    def awaits_predict(self, id: int) -> bool:
        """Say whether this is the unanswered `predict`."""
        return self._predict is not None and self._predict.id == id

    def remember(self, request: Message) -> int | None:
        """Take in a new request; returns the id of an unanswered `predict` it supersedes."""
        stale = None
        if Kind.PREDICT in SUPERSEDING.get(request.kind, ()):
            stale = self.drop_predict()
        if request.kind == Kind.LOAD:
            self._loads.append(request)
        elif request.kind == Kind.SET_VOLUME:
            self._volume = request
        elif request.kind == Kind.PREDICT:
            self._predict, self._tries = request, 0
        return stale

    @property
    def is_waiting(self) -> bool:
        """Say whether a `predict` is unanswered."""
        return self._predict is not None

    def drop_predict(self) -> int | None:
        """Forget the unanswered `predict`; returns its id, or None where there is none."""
        predict, self._predict = self._predict, None
        return None if predict is None else predict.id

    def loaded(self, id: int) -> bool:
        """Take the bundle of this request for the loaded one; False: it asked for no bundle."""
        ids = [message.id for message in self._loads]
        if id not in ids:
            return False
        self._loads = self._loads[ids.index(id) :]
        return True

    def failed(self, id: int) -> int | None:
        """Forget a request that failed; the oldest bundle stays, for a fresh worker to try.

        With a volume goes the `predict` that was meant for it; returns the id of that.
        """
        if self._predict is not None and self._predict.id == id:
            self._predict = None
        oldest, *newer = self._loads
        self._loads = [oldest, *(message for message in newer if message.id != id)]
        if self._volume is None or self._volume.id != id:
            return None
        self._volume = None
        return self.drop_predict()

    def crashed(self) -> int | None:
        """Count a crash; returns the id of a `predict` that is not worth another try."""
        if self._predict is None:
            return None
        self._tries += 1
        return self.drop_predict() if self._tries > MAX_REPLAYS else None
