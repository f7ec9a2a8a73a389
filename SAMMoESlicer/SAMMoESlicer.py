"""Slicer's four classes; everything they do is in `SAMMoESlicerLib`.

At file scope nothing but the standard library and what Slicer always has is imported.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import qt
import slicer
import vtk
from slicer import vtkMRMLScalarVolumeNode, vtkMRMLSegmentationNode
from slicer.i18n import translate
from slicer.parameterNodeWrapper import WithinRange, parameterNodeWrapper
from slicer.ScriptedLoadableModule import (
    ScriptedLoadableModule,
    ScriptedLoadableModuleLogic,
    ScriptedLoadableModuleTest,
    ScriptedLoadableModuleWidget,
)
from slicer.util import VTKObservationMixin


def resource(relativePath: str) -> str:
    """Return a resource's path: beside the installed module, or in the source tree."""
    module = Path(__file__).resolve().parent
    installed = module / "Resources" / relativePath
    return str(installed if installed.exists() else module.parent / "Resources" / relativePath)


class SAMMoESlicer(ScriptedLoadableModule):
    """What Slicer's module list says."""

    def __init__(self, parent: Any) -> None:
        super().__init__(parent)
        parent.title = "SAM-Med3D-MoE"
        parent.categories = [translate("qSlicerAbstractCoreModule", "Segmentation")]
        parent.dependencies = ["Markups", "Segmentations"]
        parent.contributors = ["SAMMoESlicer contributors"]
        parent.icon = qt.QIcon(resource("Icons/SAMMoESlicer.png"))
        from SAMMoESlicerLib.HelpText import acknowledgementText, helpText

        parent.helpText = helpText()
        parent.acknowledgementText = acknowledgementText()
        slicer.app.connect("startupCompleted()", self.registerSampleData)

    def registerSampleData(self) -> None:
        """Add the module's scans to Slicer's Sample Data."""
        try:
            import SampleData
        except ImportError:
            return  # a Slicer without that module
        from SAMMoESlicerLib.SampleSources import registerSamples

        registerSamples(SampleData.SampleDataLogic, loadPhantom=self._loadPhantom)

    @staticmethod
    def _loadPhantom(source: Any = None) -> Any:
        from SAMMoESlicerLib.Phantom import loadPhantom  # not before somebody wants it

        return loadPhantom(source)


@parameterNodeWrapper
class SAMMoESlicerParameterNode:
    """What belongs to the scene; the `.ui` binds all but the segment to its widgets.

    inputVolume - The volume to segment.
    segmentation - The segmentation that is worked on.
    segmentId - Its segment that the prompts belong to.
    autoThreshold - Use the thresholds the experts were calibrated with.
    threshold - How sure the gate must be otherwise.
    overwrite - Take voxels from other segments.
    follow - Go on over the border of the region the model looks at.
    """

    inputVolume: vtkMRMLScalarVolumeNode
    segmentation: vtkMRMLSegmentationNode
    segmentId: str = ""
    autoThreshold: bool = True
    threshold: Annotated[float, WithinRange(0, 1)] = 0.5
    overwrite: bool = False
    follow: bool = False


class SAMMoESlicerWidget(ScriptedLoadableModuleWidget, VTKObservationMixin):
    """Joins the panel to the scene and to Slicer's life."""

    def __init__(self, parent: Any = None) -> None:
        ScriptedLoadableModuleWidget.__init__(self, parent)
        VTKObservationMixin.__init__(self)
        self.logic: SAMMoESlicerLogic | None = None
        self.panel: Any = None
        self._parameterNode: SAMMoESlicerParameterNode | None = None
        self._guiTag: Any = None

    def setup(self) -> None:
        """Build the panel when the module is opened for the first time."""
        ScriptedLoadableModuleWidget.setup(self)
        from SAMMoESlicerLib.Ui.newPanel import newPanel

        uiWidget = slicer.util.loadUI(resource("UI/SAMMoESlicer.ui"))
        self.layout.addWidget(uiWidget)
        self.ui = slicer.util.childWidgetVariables(uiWidget)
        uiWidget.setMRMLScene(slicer.mrmlScene)
        self.logic = SAMMoESlicerLogic()
        self.panel = newPanel(self.ui, uiWidget, resources=str(Path(resource("Icons")).parent))
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.StartCloseEvent, self.onSceneStartClose)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.EndCloseEvent, self.onSceneEnd)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.EndImportEvent, self.onSceneEnd)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.NodeAddedEvent, self.onNodeAdded)
        self._useParameterNode(self.logic.getParameterNode())

    def cleanup(self) -> None:
        """End the worker when the module is reloaded or Slicer closes."""
        self._useParameterNode(None)
        self.removeObservers()
        if self.panel is not None:
            self.panel.close()

    def enter(self) -> None:
        """Go on with the scene's parameters when the module is shown."""
        if self._parameterNode is None:
            self._useParameterNode(self.logic.getParameterNode())
        self._chooseVolume()
        self.panel.enter()

    def exit(self) -> None:
        """Give keys and mouse back when another module is shown."""
        self.panel.exit()

    def onSceneStartClose(self, caller: Any, event: Any) -> None:
        """Let go of the nodes before they are deleted."""
        self._useParameterNode(None)
        self.panel.session.forgetScene()

    def onSceneEnd(self, caller: Any, event: Any) -> None:
        """Go on in the empty, or the loaded, scene."""
        if self.parent.isEntered or self._parameterNode is not None:
            self._useParameterNode(self.logic.getParameterNode())

    def onNodeAdded(self, caller: Any, event: Any) -> None:
        """Take the first volume that is loaded."""
        if not slicer.mrmlScene.IsBatchProcessing():
            qt.QTimer.singleShot(0, self._chooseVolume)  # when the selectors have it as well

    def _chooseVolume(self) -> None:
        from SAMMoESlicerLib.ChosenVolume import firstGreyVolume

        parameters = self._parameterNode
        if parameters is not None and parameters.inputVolume is None:
            parameters.inputVolume = firstGreyVolume(slicer.mrmlScene)

    def _useParameterNode(self, parameterNode: SAMMoESlicerParameterNode | None) -> None:
        modified = vtk.vtkCommand.ModifiedEvent
        if self._parameterNode is not None:
            self._parameterNode.disconnectGui(self._guiTag)
            self.removeObserver(self._parameterNode, modified, self._onParameters)
        self._parameterNode = parameterNode
        if parameterNode is not None:
            self._chooseVolume()
            self._guiTag = parameterNode.connectGui(self.ui)
            self.addObserver(parameterNode, modified, self._onParameters)
        if self.panel is not None:
            self.panel.useParameters(parameterNode)

    def _onParameters(self, caller: Any = None, event: Any = None) -> None:
        if not slicer.mrmlScene.IsImporting():  # segments and references are not there yet
            self.panel.applyParameters()


class SAMMoESlicerLogic(ScriptedLoadableModuleLogic):
    """Segmentation without the panel, for scripts."""

    def getParameterNode(self) -> SAMMoESlicerParameterNode:
        """Return the module's parameters in the scene."""
        return SAMMoESlicerParameterNode(super().getParameterNode())

    def newSession(self) -> Any:
        """Return a session on Slicer's scene; its worker starts at the first request."""
        from sammoe.worker import WorkerClient
        from SAMMoESlicerLib.SegmentationSession import SegmentationSession

        return SegmentationSession(slicer.mrmlScene, WorkerClient())

    def segment(
        self,
        volumeNode: Any,
        positivePoints: Iterable[tuple[float, float, float]],
        negativePoints: Iterable[tuple[float, float, float]] = (),
        roi: Any = None,
        segmentationNode: Any = None,
    ) -> str:
        """Segment one object and wait for it; returns the id of the new segment.

        Example::

            logic = slicer.modules.sammoeslicer.widgetRepresentation().self().logic
            segmentId = logic.segment(slicer.util.getNode("CT"), [(12.0, -40.5, 110.0)])

        Args:
            volumeNode: The volume to segment.
            positivePoints: Points in the object, world RAS mm.
            negativePoints: Points outside it, world RAS mm.
            roi: None, or a markups ROI node around the object.
            segmentationNode: Where to add the segment; None: a new segmentation.

        Raises:
            WorkerError: The prediction failed; the message says why.
        """
        from SAMMoESlicerLib.SegmentOnce import segmentOnce

        session = self.newSession()
        try:
            return segmentOnce(
                session,
                volumeNode,
                segmentationNode or self._newSegmentation(),
                positivePoints=positivePoints,
                negativePoints=negativePoints,
                roiNode=roi,
            )
        finally:
            session.close()

    @staticmethod
    def _newSegmentation() -> Any:
        node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode")
        node.CreateDefaultDisplayNodes()
        return node


class SAMMoESlicerTest(ScriptedLoadableModuleTest):
    """A few seconds in a running Slicer; the thorough tests are in `Testing/`."""

    def runTest(self) -> None:
        """Run every test of this class."""
        slicer.mrmlScene.Clear()
        self.test_a_click_in_the_phantoms_liver_gives_a_segment_around_it()

    def test_a_click_in_the_phantoms_liver_gives_a_segment_around_it(self) -> None:
        """Segment an organ of the generated torso with the embedded model."""
        from SAMMoESlicerLib.Phantom import centreOf, loadPhantom

        volumeNode = loadPhantom()
        segmentationNode = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode")
        point_ras = centreOf("liver")
        logic = SAMMoESlicerLogic()
        segmentId = logic.segment(volumeNode, [point_ras], segmentationNode=segmentationNode)
        bounds = [0.0] * 6
        segmentationNode.GetSegmentation().GetSegment(segmentId).GetBounds(bounds)
        for axis, position in enumerate(point_ras):
            assert bounds[2 * axis] <= position <= bounds[2 * axis + 1]
