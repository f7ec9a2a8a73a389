"""What an expert is trained from, kept so that the training goes on in another session."""

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from sammoe.bundle.expert_card import is_reserved
from sammoe.errors import SAMMoEError
from sammoe.whole_file import written_whole

from .KeptRecord import knownOf

FILE = "plan.json"
STEPS = 2000
"""As `sammoe train-expert` has it by default."""


@dataclass(frozen=True)
class TrainingPlan:
    """One expert to train.

    Attributes:
        name: Of its structure: the label in the data set.
        data: Folder of the examples.
        bundle: Folder of the model that gets the expert; it is copied, and never changed.
        code: What it segments, SCHEME^VALUE^MEANING; empty where it is not coded.
        scans: Number of examples.
        replaces: The model has an expert of this id, which is trained anew.
        steps: Length of the training.
        title: The expert's name on the panel; empty: the structure's.
        more: Further arguments of `sammoe train-expert`.
    """

    name: str
    data: str
    bundle: str
    code: str = ""
    scans: int = 0
    replaces: bool = False
    steps: int = STEPS
    title: str = ""
    more: tuple[str, ...] = ()

    @property
    def expertName(self) -> str:
        """The expert's name on the panel."""
        return self.title or self.name

    @property
    def expertId(self) -> str:
        """The expert's id in its bundle."""
        return expertIdOf(self.expertName)

    def arguments(self, folder: Path, again: Sequence[str] = ()) -> list[str]:
        """Return the command line.

        `--force`: what is changed is a copy that nobody uses. Whether it may be used although
        general tasks lose is asked when it is measured.

        Args:
            folder: With `bundle`, the copy, and `work`.
            again: `--resume` or `--restart` where there is a checkpoint.
        """
        code = ["--code", self.code] if self.code else []
        replace = ["--replace"] if self.replaces else []
        return [
            "train-expert", "--bundle", str(folder / "bundle"), "--id", self.expertId,
            "--data", self.data, "--label", self.name, "--name", self.expertName,
            "--work", str(folder / "work"), "--cache", str(folder / "cache"),
            "--steps", str(self.steps), "--force", "--progress", "json",
            *code, *replace, *again, *self.more,
        ]  # fmt: skip

    def write(self, folder: Path) -> None:
        """Keep the plan in a folder.

        Raises:
            OSError: It cannot be written.
        """
        with written_whole(folder / FILE) as stream:
            stream.write(json.dumps(asdict(self), ensure_ascii=False).encode())

    @classmethod
    def read(cls, folder: Path) -> "TrainingPlan | None":
        """Return the plan that a folder keeps; None where there is none that can be read."""
        try:
            values = knownOf(cls, json.loads((folder / FILE).read_text("utf-8")))
            return cls(**{**values, "more": tuple(values["more"])})
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return None

    @classmethod
    def isIn(cls, folder: Path) -> bool:
        """Say whether a folder keeps a plan, one that cannot be read included."""
        return (folder / FILE).exists()


def expertIdOf(name: str) -> str:
    """Return an expert's id for a structure.

    Raises:
        SAMMoEError: The name has no letter that an id can have.
    """
    words = re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")[:64].strip("-")
    if not words:
        raise SAMMoEError(f"'{name}' has no letter from a to z: rename the structure to train it")
    return f"{words}-expert" if is_reserved(words) else words
