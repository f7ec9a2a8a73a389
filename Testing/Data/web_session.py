"""What the web page works with, without server and browser: a scan, segments, files."""

from itertools import count

import numpy as np
import vtk

from fake_client import FakeClient, FakeClock
from grids import GRIDS, ellipsoid_volume
from sammoe_web.question import Question
from sammoe_web.saving import Saving
from sammoe_web.scan import Scan
from sammoe_web.unsaved import Unsaved
from sammoe_web.worklist import Worklist
from SAMMoESlicerLib.Bridge import PromptRole
from SAMMoESlicerLib.SegmentationSession import SegmentationSession
from session_user import click, near
from slicer_scene import SlicerScene

LINE_MM = 3.0


class WebSession:
    """A scan with an ellipsoid, and a user who clicks in its middle.

    Args:
        folder: For the scene's own files.
    """

    roles = PromptRole

    def __init__(self, folder):
        self._scene = SlicerScene(folder)
        self._steps_mm = count(0.0, 1.5)
        volume, _mask, centre = ellipsoid_volume(
            GRIDS["oblique"], (40, 36, 24), radii_mm=(11.0, 9.0, 12.0)
        )
        self.centre, self.client, self.folder = centre, FakeClient(), folder
        self.session = SegmentationSession(self._scene.scene, self.client, clock=FakeClock())
        self.worklist = Worklist(self._scene.scene, self.session)
        self.unsaved = Unsaved(self.worklist)
        self.question = Question(self.unsaved, self.worklist)
        self.scan = Scan(
            self._scene.scene,
            folder,
            on_opened=self.session.setVolumeNode,
            may_replace=self.question.may_open,
        )
        self.scan.node = self._scene.addVolume(volume)
        self.saving = Saving(self._scene.scene, self.scan, self.worklist, self.unsaved)
        self.session.setVolumeNode(self.scan.node)

    def click(self):
        """Place a point around the middle, another one each time, and let its mask come."""
        self.worklist.ensure_chosen()
        click(self.session, near(self.centre, next(self._steps_mm), 0, 0))

    def scribble(self, offset_mm, *, is_object):
        """Draw a short line beside the middle."""
        node = self.session.beginCurve(isClosed=False, isForeground=is_object)
        for step_mm in np.linspace(0.0, LINE_MM, 4):
            node.AddControlPointWorld(vtk.vtkVector3d(*near(self.centre, step_mm, offset_mm, 0)))
        self.session.endCurve(node)
        self.poll()

    def poll(self):
        self.session.poll()
        self.session.poll()

    def close(self):
        self.session.close()
        self._scene.close()
