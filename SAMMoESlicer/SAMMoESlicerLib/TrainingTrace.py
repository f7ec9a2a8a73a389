"""What a training has come to, told from its folder: who started it may be gone by its end."""

from dataclasses import dataclass
from pathlib import Path

from sammoe.bundle.reader import read_card
from sammoe.errors import CheckpointError

from .KeptRecord import KeptRecord
from .TrainingTalk import TrainingTalk
from .TrainingVerdict import TrainingVerdict


@dataclass(frozen=True)
class _Begun(KeptRecord):
    """The copy of the bundle as it was before the training.

    Attributes:
        cardHash: sha256 of its card.
    """

    fileName = "begun.json"

    cardHash: str


class TrainingTrace:
    """Knows whether the copy of the bundle has got its expert, and keeps what was said meanwhile.

    Args:
        folder: The training's, with `bundle` and `work`.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def begin(self) -> None:
        """Remember the copy as it is now.

        Raises:
            OSError: That cannot be written.
            CheckpointError: It is no bundle.
        """
        _Begun(self._cardHash()).write(self._folder)

    @property
    def isMade(self) -> bool:
        """Say whether the copy was changed: that happens once, when the expert is written."""
        begun = _Begun.read(self._folder)
        try:
            return begun is not None and begun.cardHash != self._cardHash()
        except CheckpointError:
            return False

    def newOutput(self) -> Path:
        """Return where another process writes what it says; an earlier one may still run."""
        return self._folder / "work" / f"said_{len(self._outputs())}.jsonl"

    def retell(self, talk: TrainingTalk) -> None:
        """Let a talk hear the last process that has measured; nothing where none is known."""
        for output in reversed(self._outputs()):
            lines = output.read_text("utf-8", "replace").splitlines()
            heard = TrainingTalk(lambda: 0.0)
            for line in lines:
                heard.hear(line)
            if TrainingVerdict.fromLines(list(heard.said)) is not None:
                talk.said.extend(heard.said)
                return

    def _outputs(self) -> list[Path]:
        found = (self._folder / "work").glob("said_*.jsonl")
        return sorted(found, key=lambda path: int(path.stem.removeprefix("said_")))

    def _cardHash(self) -> str:
        return read_card(self._folder / "bundle")[1]
