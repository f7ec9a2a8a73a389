"""What must be there before a prompt: consent, packages, a running worker."""

import logging

from slicer.i18n import tr as _

from sammoe.errors import SAMMoEError

from ..BundleChoice import BundleChoice
from ..SegmentationSession import SegmentationSession
from .Dependencies import Dependencies
from .Messages import Messages
from .WorkerSection import WorkerSection


class WorkerStart:
    """Starts the worker, and asks the user for what that needs.

    Attributes:
        dependencies: Installs what the worker needs, on first use.

    Args:
        session: Its worker is started.
        choice: Model, device, host.
        section: Asks for consent.
        messages: Says why it does not run.
        dependencies: See above.
    """

    def __init__(
        self,
        session: SegmentationSession,
        choice: BundleChoice,
        section: WorkerSection,
        messages: Messages,
        dependencies: Dependencies,
    ) -> None:
        self.dependencies = dependencies
        self._session = session
        self._choice = choice
        self._section = section
        self._messages = messages
        self._startsAhead = False

    def start(self) -> bool:
        """Ask for consent and packages where needed, and start; say whether it runs."""
        try:
            if not self._section.askToAgree():
                return False
            if not self._choice.settings.isRemote and not self.dependencies.ensure():
                text = _("Without these packages there is no engine; nothing was changed.")
                self._messages.warn(text)
                return False
            self._session.start()
        except Exception as error:  # whatever an installer or a library of Slicer's raises
            if not isinstance(error, SAMMoEError):
                logging.getLogger(__name__).exception("while the worker was started")
            self._messages.showFailure(str(error))
            return False
        return True

    def startAheadSoon(self) -> None:
        """Start at the next `poll`, before the first prompt."""
        self._startsAhead = True

    def poll(self) -> None:
        """Start the model where it was wished for, and nobody has to be asked for that."""
        if not self._startsAhead:
            return
        self._startsAhead = False
        isHere = not self._choice.settings.isRemote
        if isHere and not self.dependencies.missing() and not self._messages.hasFailed:
            self._session.start()
