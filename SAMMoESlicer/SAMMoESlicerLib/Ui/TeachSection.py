"""Teach: submit what was corrected, open the next scan, see how many examples there are."""

import html
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from sammoe.errors import SAMMoEError

from ..Bridge.SourceFile import sourceName
from ..BundleChoice import BundleChoice
from ..ExampleRecord import ExampleRecord
from ..ScanQueue import canBeRead
from ..ScanRanking import ScanRanking
from ..SegmentationSession import SegmentationSession
from ..Teaching import ADVISED_EXAMPLES, Teaching


class TeachSection:
    """Three buttons, and a line a structure.

    Args:
        ui: The panel's widgets.
        session: Whose chosen segment is submitted.
        teaching: Keeps the examples.
        choice: The model in use; once it has an expert for them, the worst scan comes first.
        onDone: Called with what is worth saying.
        onFailed: Called with what keeps the user from going on.
    """

    def __init__(
        self,
        ui: Any,
        session: SegmentationSession,
        teaching: Teaching,
        *,
        choice: BundleChoice,
        onDone: Callable[[str], None],
        onFailed: Callable[[str], None],
    ) -> None:
        self._ui = ui
        self._session = session
        self._teaching = teaching
        self._choice = choice
        self._onDone = onDone
        self._onFailed = onFailed
        ui.submitButton.connect("clicked()", self.submit)
        ui.nextScanButton.connect("clicked()", self.openNextScan)
        ui.examplesFolderButton.connect("clicked()", self.chooseFolder)
        teaching.changed.connect(self.refresh)
        teaching.submitted.connect(self._onSubmitted)
        teaching.failed.connect(onFailed)
        choice.changed.connect(self._rankAgain)

    def submit(self) -> None:
        """Put the chosen segment into the data set; asks for its folder the first time."""
        if self._session.segmentId is None:
            self._onFailed(_("choose the segment to submit"))
            return
        if self._teaching.store is None and not self.chooseFolder():
            return
        try:
            self._teaching.submit(sourceName(self._ui.volumeSelector.currentNode()))
        except SAMMoEError as error:
            self._onFailed(str(error))

    def chooseFolder(self) -> bool:
        """Choose where examples go; says whether one was chosen."""
        folder = _askFolder(_("Choose a folder for examples; nothing leaves this computer"))
        if folder is not None:
            self._teaching.useFolder(folder)
        return folder is not None

    def openNextScan(self) -> None:
        """Open the next scan of a folder that has no example yet; asks for it the first time."""
        if self._teaching.scansFolder is None:
            folder = _askFolder(_("Choose the folder with the scans"))
            if folder is None:
                return
            self._teaching.useScans(folder)
        elif not canBeRead(self._teaching.scansFolder):
            self._offerOtherScans(
                _("'{folder}' is gone, or cannot be read. Choose another folder?")
            )
            return
        try:
            self._rankScans()
            path = self._teaching.nextScan(sourceName(self._ui.volumeSelector.currentNode()))
        except SAMMoEError as error:
            self._onFailed(str(error))
            return
        if path is None:
            self._offerOtherScans(_("Every scan in '{folder}' is done. Choose another folder?"))
        else:
            self._open(path)

    def _rankScans(self) -> None:
        """Let the model's own expert look at the scans; not where images would be sent away."""
        choice = self._choice
        card = None if choice.settings.isRemote else choice.card()
        expertIds = () if card is None else card.expert_ids
        self._teaching.rankScans(choice.settings.bundle, choice.cardHash(), expertIds)

    def _rankAgain(self) -> None:
        """Let another model look, if one has looked."""
        ranking = self._teaching.ranking
        if ranking.isLooking or ranking.disagreements:
            with suppress(SAMMoEError):  # said when the next scan is opened
                self._rankScans()

    def poll(self) -> None:
        """See what has been written."""
        self._teaching.poll()

    def refresh(self) -> None:
        """Bring buttons and numbers up to date."""
        ui, teaching = self._ui, self._teaching
        ui.submitButton.enabled = self._session.segmentId is not None
        ui.submitButton.text = _("Submitting …") if teaching.isBusy else _("Submit")
        lines = [html.escape(_countLine(name, count)) for name, count in teaching.counts.items()]
        if teaching.store is None:
            lines = [_("Correct a segment, then submit it. You choose the folder it is kept in.")]
        elif not lines:
            lines = [_("No examples yet.")]
        if teaching.ranking.isLooking or teaching.ranking.disagreements:
            lines.append(html.escape(_rankingLine(teaching.ranking)))
        folder = "" if teaching.store is None else str(teaching.store.folder)
        ui.examplesFolderButton.text = _("Folder: {name}").format(name=Path(folder).name or "…")
        ui.examplesLabel.text = "<br>".join(lines)

    def _onSubmitted(self, name: str, record: ExampleRecord) -> None:
        said = _("'{name}' is an example now ({count} of {advised} that are advised).").format(
            name=name, count=self._teaching.counts.get(name, 1), advised=ADVISED_EXAMPLES
        )
        if record.segments > 1:
            said += " " + _("{count} segments named '{name}' are one example.").format(
                count=record.segments, name=name
            )
        if record.notSubmitted:
            others = ", ".join(record.notSubmitted)
            said += " " + _("Not submitted in this scan: {others}.").format(others=others)
        self._onDone(said)

    def _open(self, path: Path) -> None:
        try:
            node = slicer.util.loadVolume(str(path))
        except RuntimeError:
            self._onFailed(_("{name} cannot be read").format(name=path.name))
            return
        self._ui.volumeSelector.setCurrentNode(node)
        self._ui.segmentationSelector.setCurrentNode(None)
        slicer.util.setSliceViewerLayers(background=node, fit=True)

    def _offerOtherScans(self, question: str) -> None:
        scans = self._teaching.scansFolder
        if slicer.util.confirmYesNoDisplay(question.format(folder=scans.name if scans else "")):
            folder = _askFolder(_("Choose the folder with the scans"))
            if folder is not None:
                self._teaching.useScans(folder)
                self.openNextScan()


def _countLine(name: str, count: int) -> str:
    if count >= ADVISED_EXAMPLES:
        return _("{name}: {count} examples, enough to train").format(name=name, count=count)
    return _("{name}: {count} of {advised} advised").format(
        name=name, count=count, advised=ADVISED_EXAMPLES
    )


def _rankingLine(ranking: ScanRanking) -> str:
    count = len(ranking.disagreements)
    if ranking.isLooking:
        return _("Looking for the scans it does worst on: {n} seen").format(n=count)
    return _("{n} scans seen, the worst comes next").format(n=count)


def _askFolder(title: str) -> Path | None:
    folder = qt.QFileDialog.getExistingDirectory(None, title)
    return Path(folder) if folder else None
