"""What is said to the user about results, failures and installed models."""

from collections.abc import Callable
from pathlib import Path

from sammoe import Result

from ..Advice import Seen, warningFor
from ..Bridge import Structure
from ..BundleChoice import BundleChoice
from ..Message import Level, Message, MessagePlace
from ..ModelInstaller import ModelInstaller
from ..SegmentationSession import SegmentationSession
from ..Sentences import asSentence
from ..Translation import tr as _


class Messages:
    """Listens to everybody who has something to say.

    Attributes:
        hasFailed: Whether the last thing that happened was a failure.

    Args:
        notice: Where it is said.
        session: Its results and failures.
        choice: Knows the models' names.
        installer: Its end.
        tryAgain: What the button beside a failure does.
        structureNamed: Returns what a segment of that name is, or None.
    """

    def __init__(
        self,
        notice: MessagePlace,
        session: SegmentationSession,
        choice: BundleChoice,
        installer: ModelInstaller,
        *,
        tryAgain: Callable[[], object],
        structureNamed: Callable[[str], Structure | None] = lambda name: None,
    ) -> None:
        self.hasFailed = False
        self._notice = notice
        self._session = session
        self._choice = choice
        self._tryAgain = tryAgain
        self._structureNamed = structureNamed
        session.resultWritten.connect(self.showResult)
        session.writtenByHand.connect(self._onWrittenByHand)
        session.failed.connect(self.showFailure)
        session.neighboursTaken.connect(self.showTaken)
        session.segmentChosen.connect(self.clear)
        installer.installed.connect(self._onInstalled)
        installer.failed.connect(lambda message: self._say(Level.ERROR, message))

    def showResult(self, segmentId: str, result: Result) -> None:
        """Say what is doubtful about a mask, or what the worker noted; otherwise nothing."""
        self.hasFailed = False
        if segmentId != self._session.segmentId:
            return
        warning = warningFor(result, self._session.options, self._seen())
        if self._session.contradictsHand:
            self._notice.show(
                Message(
                    Level.WARNING,
                    _("You painted or erased here by hand, and that is kept."),
                    _("Let the model redraw"),
                    self._session.useSegmentAsPrompt,
                )
            )
        elif warning:
            self._say(Level.WARNING, warning)
        elif result.notes:
            self._say(Level.NOTE, " ".join(result.notes))
        else:
            self._notice.show(None)

    def showFailure(self, message: str) -> None:
        """Say what failed and offer to try again; the worker's log has the rest."""
        self.hasFailed = True
        text = asSentence((message or _("something went wrong")).splitlines()[0])
        self._notice.show(Message(Level.ERROR, text, _("Try again"), self._tryAgain))

    def showTaken(self, counts: dict[str, int]) -> None:
        """Say what a mask took from other segments, and offer to take it back."""
        taken = ", ".join(f"{name} ({count:,})" for name, count in counts.items())
        text = _("'Overwrite other segments' is on. Voxels were taken from: {taken}.")
        message = Message(Level.WARNING, text.format(taken=taken), _("Undo"), self._session.undo)
        self._notice.show(message)

    def note(self, text: str) -> None:
        """Say what was done."""
        self._say(Level.NOTE, text)

    def warn(self, text: str) -> None:
        """Say what keeps the user from going on."""
        self._say(Level.WARNING, text)

    def clear(self) -> None:
        """Forget the last failure."""
        self.hasFailed = False
        self._notice.show(None)

    def _onWrittenByHand(self, segmentId: str) -> None:
        """Forget what was said of prompts that are undone."""
        if segmentId == self._session.segmentId:
            self.clear()

    def _seen(self) -> Seen:
        session = self._session
        return Seen(
            name=session.segmentName,
            structure=self._structureNamed(session.segmentName),
            ml=session.volumeMl or 0.0,
            mlBefore=session.mlBefore,
            prompts=session.prompts,
            volume=session.volume,
        )

    def _onInstalled(self, folder: Path) -> None:
        card = self._choice.cardIn(folder)
        name = card.name if card else folder.name
        self._say(Level.NOTE, _("The model '{name}' is installed and in use").format(name=name))

    def _say(self, level: Level, text: str) -> None:
        self._notice.show(Message(level, asSentence(text)))
