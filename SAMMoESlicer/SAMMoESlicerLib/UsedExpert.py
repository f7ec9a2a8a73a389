"""That a new model is in use, so that it can be taken back; kept in its training's folder."""

from dataclasses import dataclass

from .KeptRecord import KeptRecord


@dataclass(frozen=True)
class UsedExpert(KeptRecord):
    """A model that was taken into use.

    Attributes:
        installed: Its folder.
        before: The model that was in use before, as the settings have it.
    """

    fileName = "used.json"

    installed: str
    before: str
