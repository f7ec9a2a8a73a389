"""What Slicer's panel does, without a widget: its parts put together and kept going."""

import logging
from pathlib import Path
from typing import Any

from sammoe.errors import SAMMoEError
from SAMMoESlicerLib.Bridge import PromptRole, WriteMode
from SAMMoESlicerLib.Bridge.CompletedSegments import CompletedSegments
from SAMMoESlicerLib.BundleChoice import BundleChoice
from SAMMoESlicerLib.LookAhead import LookAhead
from SAMMoESlicerLib.Message import Level, Message
from SAMMoESlicerLib.ModelInstaller import ModelInstaller
from SAMMoESlicerLib.PreviewOverlay import PreviewOverlay
from SAMMoESlicerLib.SampleSources import PHANTOM
from SAMMoESlicerLib.SegmentationSession import SegmentationSession
from SAMMoESlicerLib.Sentences import asSentence
from SAMMoESlicerLib.Signal import Signal
from SAMMoESlicerLib.StructureSources import StructureSources
from SAMMoESlicerLib.Ui.Messages import Messages

from .drawing import Drawing
from .experts import Experts
from .naming import Naming
from .notice import Notice
from .opener import Opener
from .presentation import Presentation
from .prompting import Prompting
from .question import Question
from .saving import Saving
from .scan import Scan
from .unsaved import Unsaved
from .uploads import Uploads
from .views import Views
from .worklist import Worklist


class Panel:
    """The tool on one scene; the page calls it and shows its state.

    Signals:
        changed(): Something on the page is out of date.

    Attributes:
        overwrites: Whether masks take voxels from other segments.

    Args:
        scene: The MRML scene.
        session: What predicts.
        choice: Which model is used.
        views: Slice and 3-D views.
        sources: Knows structures by name.
        downloads: Where samples are kept.
    """

    def __init__(
        self,
        scene: Any,
        session: SegmentationSession,
        choice: BundleChoice,
        views: Views,
        *,
        sources: StructureSources,
        downloads: Path,
    ) -> None:
        self.changed = Signal()
        self.overwrites = False
        self.session = session
        self.views = views
        self.uploads = Uploads()
        self.notice = Notice(session)
        installer = ModelInstaller(downloads / "Models", downloads / "Downloads")
        self.messages = Messages(self.notice, session, choice, installer, tryAgain=self.try_again)
        self.worklist = Worklist(scene, session)
        self.experts = Experts(scene, session, choice)
        self.naming = Naming(session, self.worklist, self.experts, sources)
        self.prompting = Prompting(scene, session, views=views, prepare=self._prepare)
        self.drawing = Drawing(session, self.prompting.placing, views, prepare=self._prepare)
        self.look_ahead = LookAhead(session, self.prompting.placing, views=views.slice_interactors)
        self._preview = PreviewOverlay(session, scene)
        self.presentation = Presentation(
            session,
            self.worklist,
            is_remote=choice.settings.isRemote,
            on_segment=self.experts.read_record,
        )
        self.unsaved = Unsaved(self.worklist)
        self.question = Question(self.unsaved, self.worklist)
        self.scan = Scan(
            scene, downloads, on_opened=self._on_opened, may_replace=self.question.may_open
        )
        self.opener = Opener(
            self.scan,
            self.question,
            self.unsaved,
            on_permitted=self._stop_all,
            refuse=self.refuse,
        )
        self.saving = Saving(scene, self.scan, self.worklist, self.unsaved)
        for signal in (
            session.stateChanged,
            session.resultWritten,
            session.failed,
            self.experts.overlays.changed,
            self.prompting.placing.changed,
            self.drawing.changed,
            self.presentation.changed,
            self.question.changed,
        ):
            signal.connect(self._on_change)
        session.resultWritten.connect(self._on_result)

    def place(self, role: str) -> None:
        """Start placing "positive" or "negative" points or a "box", or stop."""
        self.prompting.toggle(PromptRole(role))

    def stop(self) -> None:
        """Let the mouse move and adjust the views again; what it has begun is given up."""
        self.prompting.mouse.giveUp()
        self.drawing.stop()
        self.prompting.placing.end()

    def next_segment(self) -> None:
        """Begin another segment; what was being placed goes on being placed."""
        if self.session.hasVolume:
            self.worklist.add()
            self.experts.read_record()

    def choose_segment(self, segment_id: str) -> None:
        """Go on with a segment; its points come back."""
        if self.worklist.has(segment_id):  # a row may be clicked that is just being deleted
            self.worklist.choose(segment_id)
            self.experts.read_record()

    def remove_segment(self, segment_id: str, click: int = 1) -> None:
        """Delete a segment with its points; undo brings it back.

        Args:
            segment_id: The segment's.
            click: 2 for the second of a double click, under which the next row is by now.
        """
        if click < 2 and self.worklist.has(segment_id):
            self.worklist.remove(segment_id)
            self.experts.read_record()

    def adjust(self, on: bool) -> None:
        """Let dragging in a slice change brightness and contrast, or move and place again."""
        self.stop()
        self.views.adjust(on)
        self.changed.emit()

    def show_crosshair(self, on: bool) -> None:
        """Show where the slices cross, or not."""
        self.views.show_crosshair(on)
        self.changed.emit()

    def rename_segment(self, segment_id: str, name: str) -> None:
        """Give a segment a name of the user's."""
        if self.worklist.has(segment_id):
            self.worklist.rename(segment_id, name)
            self.changed.emit()

    def name_segment(self, text: str) -> None:
        """Name, colour and code the chosen segment after what a few letters mean."""
        if self.session.hasVolume:
            self.naming.name(text)

    def search_structure(self, text: str) -> None:
        """Show what a few letters may mean."""
        self.naming.search(text)
        self.changed.emit()

    def use_template(self, index: int) -> None:
        """Fill the list with the rows of a template."""
        if self.session.hasVolume:
            self.naming.use_template(index)
            self.experts.read_record()

    def show_segment(self, segment_id: str, on: bool) -> None:
        """Show or hide a segment in the views."""
        if self.worklist.has(segment_id):
            self.worklist.show(segment_id, on)
            self.changed.emit()

    def set_threshold(self, tau: float | None) -> None:
        """Use an expert above this confidence; None: above its own calibrated threshold."""
        self.experts.set_threshold(tau)
        self.changed.emit()

    def use_window(self, name: str) -> None:
        """Show the grey values of a window."""
        self.scan.use_window(name)
        self.changed.emit()

    def use_layout(self, name: str) -> None:
        """Lay the views out in another way."""
        self.views.use_layout(name)
        self.changed.emit()

    def set_overwrite(self, on: bool) -> None:
        """Take voxels from other segments where masks overlap, or leave them theirs."""
        self.overwrites = on
        writer = self.session.writer(self.worklist.node)
        writer.mode = WriteMode.OVERWRITE_OTHERS if on else WriteMode.KEEP_OTHERS
        writer.lockedSegmentIds = CompletedSegments(self.worklist.node)
        self.changed.emit()

    def play(self) -> None:
        """Be ready for the scripted clicks in the phantom, which is shown."""
        self.prompting.placing.end()
        if self._prepare():
            self.presentation.begin()

    def start_over(self) -> None:
        """Remove what the presentation has made, and be ready for its first click again."""
        if self.presentation.is_begun and self.scan.name == PHANTOM:
            self.presentation.begin()
        else:
            self.presentation.start_over()
        self.experts.read_record()
        self.changed.emit()

    def cancel_opening(self) -> None:
        """Let the scan that is shown stay, whatever is being sent, downloaded or read."""
        self.opener.cancel()
        self.uploads.give_up()
        self.changed.emit()

    def try_again(self) -> None:
        """Predict again after a failure."""
        self.messages.clear()
        if self._prepare():
            self.session.segment()

    def refuse(self, error: Exception) -> None:
        """Say why something cannot be done."""
        self.notice.show(Message(Level.ERROR, asSentence(str(error))))
        self.changed.emit()

    def act_on_notice(self) -> None:
        """Do what the message suggests."""
        self.notice.act()
        self.changed.emit()

    def poll(self) -> None:
        """Go on with what is under way; never waits."""
        try:
            self.session.poll(isHeld=self.prompting.mouse.isHeld)
            self.look_ahead.poll()
            self.experts.poll()
        except Exception as error:
            logging.getLogger(__name__).exception("while polling")
            self.messages.showFailure(str(error))
            self.changed.emit()

    def close(self) -> None:
        """End the worker and let go of the scene."""
        self.presentation.stop()
        self.look_ahead.close()
        self._preview.close()
        self.uploads.close()
        self.session.close()

    def _stop_all(self) -> None:
        self.stop()
        self.presentation.stop()
        self.changed.emit()

    def _on_opened(self, volume_node: Any) -> None:
        self.session.forgetScene()
        self.worklist.forget()
        self.presentation.start_over()
        self.messages.clear()
        self.experts.read_record()
        self.session.setVolumeNode(volume_node)
        self.set_overwrite(self.overwrites)
        self.views.show(volume_node)
        self.session.start()
        if self.scan.warnings:
            text = " ".join(map(asSentence, self.scan.warnings))
            self.notice.show(Message(Level.WARNING, text))
        self.changed.emit()

    def _on_result(self, *_values: Any) -> None:
        self.worklist.draw_surfaces()

    def _prepare(self) -> bool:
        """Make a prompt possible: engine and segment; say whether it is."""
        if not self.session.hasVolume:
            return False
        try:
            self.session.start()
        except SAMMoEError as error:
            self.messages.showFailure(str(error))
            return False
        self.worklist.ensure_chosen()
        return True

    def _on_change(self, *_values: Any) -> None:
        self.changed.emit()
