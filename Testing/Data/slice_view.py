"""A slice view of Slicer's own displayable managers, drawn offscreen and driven by mouse events."""

import slicer
import vtk

MANAGERS = (
    "vtkMRMLVolumeGlyphSliceDisplayableManager",
    "vtkMRMLModelSliceDisplayableManager",
    "vtkMRMLSegmentationsDisplayableManager2D",
    "vtkMRMLMarkupsDisplayableManager",
    "vtkMRMLCrosshairDisplayableManager",
)


class SliceView:
    """One view.

    Args:
        scene: The MRML scene.
        applicationLogic: Its application logic.
        name: "Red", "Green" or "Yellow".
        orientation: "Axial", "Coronal" or "Sagittal".
        size: Pixels.
    """

    def __init__(
        self, scene, applicationLogic, *, name="Red", orientation="Axial", size=(400, 400)
    ):
        self._scene = scene
        self._shift = 0
        self.logic = slicer.vtkMRMLSliceLogic()
        self.logic.SetMRMLApplicationLogic(applicationLogic)
        self.logic.SetMRMLScene(scene)
        if applicationLogic.GetSliceLogics() is None:
            applicationLogic.SetSliceLogics(vtk.vtkCollection())
        applicationLogic.GetSliceLogics().AddItem(self.logic)  # who zooms and pans looks there
        self._applicationLogic = applicationLogic
        self.node = self.logic.AddSliceNode(name)
        self.node.SetOrientation(orientation)
        self.node.SetDimensions(*size, 1)
        self._draw_image()
        self._window = vtk.vtkRenderWindow()
        self._window.SetOffScreenRendering(1)
        self._window.SetMultiSamples(0)
        self._window.SetSize(*size)
        self._window.AddRenderer(self._renderer)
        self.interactor = vtk.vtkGenericRenderWindowInteractor()
        self.interactor.SetRenderWindow(self._window)
        self._manage(applicationLogic)

    def show(self, volumeNode):
        """Show a volume as background, the whole of it."""
        self._colour_grey(volumeNode)
        composite = self.logic.GetSliceCompositeNode()
        composite.SetBackgroundVolumeID(volumeNode.GetID())
        self.logic.FitSliceToAll()
        self.render()

    def render(self):
        self.logic.UpdatePipeline()
        self._mapper.SetInputConnection(self.logic.GetImageDataConnection())
        self._window.Render()

    def click(self, point_ras):
        """Move the mouse to a position in the world, press and release the left button."""
        self.drag([point_ras])

    def drag(self, points_ras, *, button="Left", shift=False):
        """Press a button at the first position, move through the others, release it."""
        self._shift = int(shift)
        pixels = [self.pixel(point) for point in points_ras]
        self.mouse("EnterEvent", *pixels[0])
        self.mouse("MouseMoveEvent", *pixels[0])
        self.mouse(f"{button}ButtonPressEvent", *pixels[0])
        for pixel in pixels[1:]:
            self.mouse("MouseMoveEvent", *pixel)
        self.mouse(f"{button}ButtonReleaseEvent", *pixels[-1])

    def mouse(self, event, x, y):
        """Send one event."""
        self.interactor.SetEventInformation(x, y, 0, self._shift, "\0", 0, None)
        self.interactor.InvokeEvent(event)

    def pixel(self, point_ras):
        """Return the pixel of a position, counted from the lower left."""
        rasToXy = vtk.vtkMatrix4x4()
        vtk.vtkMatrix4x4.Invert(self.node.GetXYToRAS(), rasToXy)
        x, y, _z, _w = rasToXy.MultiplyPoint((*point_ras, 1.0))
        return round(x), round(y)

    def save(self, path):
        """Write what the view shows as a PNG."""
        self.render()
        grabber = vtk.vtkWindowToImageFilter()
        grabber.SetInput(self._window)
        grabber.ReadFrontBufferOff()
        writer = vtk.vtkPNGWriter()
        writer.SetFileName(str(path))
        writer.SetInputConnection(grabber.GetOutputPort())
        writer.Write()

    def close(self):
        self._applicationLogic.GetSliceLogics().RemoveItem(self.logic)
        self._group.SetMRMLDisplayableNode(None)
        self._style.SetInteractor(None)
        self._window.Finalize()
        self._scene.RemoveNode(self.logic.GetSliceCompositeNode())
        self._scene.RemoveNode(self.node)
        self.logic.SetMRMLScene(None)

    def _colour_grey(self, volumeNode):
        """Do what the Volumes and Colors modules do when a volume is loaded."""
        grey = self._scene.GetFirstNodeByName("Grey") or self._scene.AddNewNodeByClass(
            "vtkMRMLColorTableNode", "Grey"
        )
        grey.SetTypeToGrey()
        volumeNode.CreateDefaultDisplayNodes()
        volumeNode.GetDisplayNode().SetAndObserveColorNodeID(grey.GetID())
        volumeNode.GetDisplayNode().AutoWindowLevelOn()

    def _draw_image(self):
        self._mapper = vtk.vtkImageMapper()
        self._mapper.SetColorWindow(255)
        self._mapper.SetColorLevel(127.5)
        actor = vtk.vtkActor2D()
        actor.SetMapper(self._mapper)
        self._renderer = vtk.vtkRenderer()
        self._renderer.AddViewProp(actor)
        self._renderer.GetActiveCamera().ParallelProjectionOn()

    def _manage(self, applicationLogic):
        factory = slicer.vtkMRMLSliceViewDisplayableManagerFactory.GetInstance()
        factory.SetMRMLApplicationLogic(applicationLogic)
        for manager in MANAGERS:
            if not factory.IsDisplayableManagerRegistered(manager):
                factory.RegisterDisplayableManager(manager)
        self._group = factory.InstantiateDisplayableManagers(self._renderer)
        self._group.SetMRMLDisplayableNode(self.node)
        self._style = slicer.vtkMRMLSliceViewInteractorStyle()
        self._style.SetSliceLogic(self.logic)
        self._style.SetDisplayableManagers(self._group)
        self._style.SetInteractor(self.interactor)
        self.interactor.SetInteractorStyle(vtk.vtkInteractorStyleUser())
